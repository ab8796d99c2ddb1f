import { getHeapStatistics } from 'node:v8';

/** Maximum age of a reading, in milliseconds. A reading takes about 30 µs. */
const READING_AGE_MS = 500;

export interface MemoryWatchOptions {
  /** Share of V8's heap limit that may be in use, 0 to 1. 0: not watched. */
  heapUsedRatio: number;
  /** Share of the container's memory limit that may be resident, 0 to 1. 0, or no such limit: not watched. */
  rssRatio: number;
  /** The container's limit in bytes; 0: none. Default: what Node reads from the control group. */
  memoryLimit?: number;
}

export interface MemoryWatch {
  /** Returns which memory is near its limit at `now` (`performance.now()`). */
  nearLimit(now: number): 'heap' | 'rss' | undefined;
}

/** Reads the memory of the process on demand, if the last reading is too old. */
export function createMemoryWatch(options: MemoryWatchOptions): MemoryWatch {
  const { heapUsedRatio, rssRatio, memoryLimit = process.constrainedMemory() } = options;
  const maxRss = rssRatio > 0 && memoryLimit > 0 ? rssRatio * memoryLimit : Number.POSITIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let near: 'heap' | 'rss' | undefined;

  function read(): 'heap' | 'rss' | undefined {
    if (heapUsedRatio > 0) {
      const heap = getHeapStatistics();
      if (heap.used_heap_size > heapUsedRatio * heap.heap_size_limit) return 'heap';
    }
    return maxRss < Number.POSITIVE_INFINITY && process.memoryUsage.rss() > maxRss ? 'rss' : undefined;
  }

  return {
    nearLimit(now) {
      if (now - readAt > READING_AGE_MS) {
        readAt = now;
        near = read();
      }
      return near;
    },
  };
}
