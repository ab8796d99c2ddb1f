import { createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot } from 'node:v8';
import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';

/** Larger heaps are rejected: a snapshot blocks the process while it is taken and may need as much memory again. */
const MAX_HEAP_BYTES = 512 * 1024 * 1024;
export const MAX_SNAPSHOT_MS = 50_000;
/** Maximum number of snapshots in the directory. */
const MAX_FILES = 3;
/** Required free space as a multiple of the heap size: a snapshot is JSON text, larger than the heap itself. */
const SPACE_FACTOR = 2;
const SUFFIX = '.heapsnapshot';

/** @throws {ProblemError} 503 if the heap is too large for a snapshot. */
export function assertHeapFits(): void {
  const { heapUsed } = process.memoryUsage();
  if (heapUsed <= MAX_HEAP_BYTES) return;
  const detail = `The heap uses ${heapUsed} bytes, more than the maximum of ${MAX_HEAP_BYTES} bytes for a snapshot.`;
  throw new ProblemError({ status: 503, code: 'heap_too_large', detail });
}

/**
 * Writes a heap snapshot to the directory, readable only by the current user. It contains every secret of the process.
 *
 * @throws {ProblemError} 503 if the heap is too large, 409 if the directory already has three snapshots, 507 if it has
 *   too little free space.
 */
export async function writeHeapSnapshot(directory: string): Promise<{ file: string; bytes: number }> {
  assertHeapFits();
  const present = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX));
  if (present.length >= MAX_FILES) {
    const detail = `${directory} already has ${present.length} snapshots. Delete one first.`;
    throw new ProblemError({ status: 409, code: 'too_many_snapshots', detail });
  }
  const { bavail, bsize } = await statfs(directory);
  const needed = process.memoryUsage().heapUsed * SPACE_FACTOR;
  if (bavail * bsize < needed) {
    const detail = `${directory} has ${bavail * bsize} bytes free; the snapshot may need ${needed} bytes.`;
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
