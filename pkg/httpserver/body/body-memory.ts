import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * Returns the default memory limit for all request bodies, in bytes: a sixteenth of the memory of the process (the
 * container's limit, or else the machine's memory), but at most a quarter of V8's heap limit, because bodies become
 * objects in the heap, and at least enough for two bodies of the maximum size.
 */
export function defaultBodyMemory(bodyLimit: number): number {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const derived = Math.min(memory / 16, getHeapStatistics().heap_size_limit / 4);
  return Math.max(Math.floor(derived), 2 * bodyLimit);
}
