import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * Memory for request bodies where nothing is configured, in bytes: a sixteenth of what the process may have (the
 * container's limit, else the machine's memory), at most a quarter of V8's heap, since a body becomes objects there; but
 * room for two of the largest bodies.
 */
export function defaultBodyMemory(bodyLimit: number): number {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const derived = Math.min(memory / 16, getHeapStatistics().heap_size_limit / 4);
  return Math.max(Math.floor(derived), 2 * bodyLimit);
}
