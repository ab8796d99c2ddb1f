import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** The most that is read of one file, in bytes: what a ConfigMap or a Secret can hold. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** A path that leads to something other than a regular file of a reasonable size. */
class UnsuitableFileError extends Error {
  readonly code = 'unsuitable_file';

  constructor(reason: string) {
    super(reason);
    this.name = 'UnsuitableFileError';
  }
}

/**
 * Reads a whole file, symbolic links followed. Never blocks on what it finds there: opening a FIFO waits for a writer
 * and reading a device may never end, so anything but a regular file is rejected before it is opened.
 *
 * @throws UnsuitableFileError for anything but a regular file, and for one larger than {@link MAX_FILE_BYTES}.
 * @throws the error of the file system (`ENOENT`, `EACCES` …) for a file that cannot be read.
 */
export function readRegularFile(path: string): Buffer {
  assertSuitable(statSync(path));
  // The path may lead to another file by now: without waiting for a FIFO's writer, and checked again.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    assertSuitable(fstatSync(fd));
    return readAll(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a whole file of UTF-8, without its byte order mark.
 *
 * @throws as {@link readRegularFile}, and UnsuitableFileError for a file that is not UTF-8: silently replacing a byte of
 * a secret would make it fail elsewhere, where the cause is hard to find.
 */
export function readRegularTextFile(path: string): string {
  const bytes = readRegularFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnsuitableFileError('it is not UTF-8');
  }
}

/** Reads to the end, whatever size the file claims to have: one under /proc claims 0, another may be growing. */
function readAll(fd: number): Buffer {
  const buffer = Buffer.allocUnsafe(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, null);
    if (read === 0) return Buffer.from(buffer.subarray(0, length));
    length += read;
  }
  throw tooLarge();
}

function assertSuitable(stats: Stats): void {
  if (!stats.isFile()) throw new UnsuitableFileError(`it is ${kindOf(stats)}, not a regular file`);
  if (stats.size > MAX_FILE_BYTES) throw tooLarge();
}

function tooLarge(): UnsuitableFileError {
  return new UnsuitableFileError(`it is larger than ${MAX_FILE_BYTES} bytes`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
