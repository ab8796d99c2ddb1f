import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** Maximum file size in bytes: that of a ConfigMap or Secret. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** Thrown for a path that is not a regular file of a supported size and encoding. */
class UnsuitableFileError extends Error {
  readonly code = 'unsuitable_file';

  constructor(reason: string) {
    super(reason);
    this.name = 'UnsuitableFileError';
  }
}

/**
 * Reads a file in full, following symbolic links. Rejects anything but a regular file before opening it, because
 * opening a FIFO blocks until there is a writer and reading a device may never end.
 *
 * @throws UnsuitableFileError for anything but a regular file, and for one larger than {@link MAX_FILE_BYTES}.
 * @throws the error of the file system (`ENOENT`, `EACCES` …) for a file that cannot be read.
 */
export function readRegularFile(path: string): Buffer {
  assertSuitable(statSync(path));
  // The path may lead to another file by now, so check again, and do not wait for the writer of a FIFO.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    assertSuitable(fstatSync(fd));
    return readAll(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a UTF-8 file in full and removes a byte order mark.
 *
 * @throws like {@link readRegularFile}, and UnsuitableFileError for a file that is not UTF-8: silently replacing a byte
 * of a secret would cause a failure elsewhere that is hard to trace.
 */
export function readRegularTextFile(path: string): string {
  const bytes = readRegularFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnsuitableFileError('it is not UTF-8');
  }
}

/** Reads to the end regardless of the reported size, which is 0 under /proc and outdated for a growing file. */
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
