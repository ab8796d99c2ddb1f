import { createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot } from 'node:v8';
import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';

/** A heap of more bytes than this is not written: that stops the process meanwhile, and may need as much again. */
const MAX_HEAP_BYTES = 512 * 1024 * 1024;
export const MAX_SNAPSHOT_MS = 50_000;
/** How many snapshots the directory may hold. */
const MAX_FILES = 3;
/** Free space that is needed, as a multiple of the heap: a snapshot is text. */
const SPACE_FACTOR = 2;
const SUFFIX = '.heapsnapshot';

/** @throws {ProblemError} 503 if the heap is too large. */
export function assertHeapFits(): void {
  const { heapUsed } = process.memoryUsage();
  if (heapUsed <= MAX_HEAP_BYTES) return;
  const detail = `The heap has ${heapUsed} bytes; a snapshot is taken of at most ${MAX_HEAP_BYTES}.`;
  throw new ProblemError({ status: 503, code: 'heap_too_large', detail });
}

/**
 * Writes a heap snapshot to the directory, readable by this user only. It holds every secret of the process.
 *
 * @throws {ProblemError} 503 if the heap is too large, 409 if the directory has three snapshots, 507 without room for one.
 */
export async function writeHeapSnapshot(directory: string): Promise<{ file: string; bytes: number }> {
  assertHeapFits();
  const present = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX));
  if (present.length >= MAX_FILES) {
    const detail = `${directory} has ${present.length} snapshots. Delete one first.`;
    throw new ProblemError({ status: 409, code: 'too_many_snapshots', detail });
  }
  const { bavail, bsize } = await statfs(directory);
  const needed = process.memoryUsage().heapUsed * SPACE_FACTOR;
  if (bavail * bsize < needed) {
    const detail = `${directory} has ${bavail * bsize} bytes left; the snapshot may need ${needed}.`;
    throw new ProblemError({ status: 507, code: 'insufficient_storage', detail });
  }
  const file = join(directory, `${new Date().toISOString().replaceAll(':', '')}-${process.pid}${SUFFIX}`);
  const partial = `${file}.partial`;
  try {
    const target = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
    await pipeline(getHeapSnapshot(), target, { signal: AbortSignal.timeout(MAX_SNAPSHOT_MS) });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { file, bytes: (await stat(file)).size };
}
