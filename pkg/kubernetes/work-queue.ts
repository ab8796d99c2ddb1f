import { createRetryDelays, type RetryDelayOptions } from './retry-delays.ts';
import type { QueueMetrics, QueueSeries } from './work-queue-metrics.ts';

export interface WorkQueueOptions extends RetryDelayOptions {
  /** Labels the metrics. */
  name: string;
}

export interface WorkQueueDependencies {
  metrics?: QueueMetrics | undefined;
}

/**
 * A queue of keys that holds each key at most once and never hands out a key that is being processed. A key that is added
 * while it is processed is handed out again afterwards.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds a key after `delayMs` milliseconds. If it is already delayed, the earlier time counts. */
  addAfter(key: string, delayMs: number): void;
  /** Adds a key that failed, after a delay that doubles with each call, and within the overall rate of retries. */
  addRateLimited(key: string): void;
  /** Resets the delay of a key. Call it after a success. */
  forget(key: string): void;
  /** Returns how often `addRateLimited` was called since `forget`. */
  retries(key: string): number;
  /**
   * Takes the next key, for which the caller must call `done`. Returns undefined once the signal has aborted, or once the
   * queue is closed and empty.
   */
  get(signal: AbortSignal): Promise<string | undefined>;
  /** Reports that a key has been processed. */
  done(key: string): void;
  /** Number of keys that wait to be processed, without the delayed ones. */
  readonly length: number;
  /** Discards the delayed keys and ignores further ones. `get` returns the waiting keys, then undefined. */
  close(): void;
}

/** Maximum delay of a timer in Node.js. A longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Works like the queues of client-go (https://pkg.go.dev/k8s.io/client-go/util/workqueue). */
export function createWorkQueue(
  { name, ...retryOptions }: WorkQueueOptions,
  { metrics }: WorkQueueDependencies = {},
): WorkQueue {
  const delays = createRetryDelays(retryOptions);
  /** When each waiting key was added. Contains keys that are being processed and wait to be processed again. */
  const added = new Map<string, number>();
  /** When the processing of each key started. */
  const started = new Map<string, number>();
  const ready: string[] = [];
  /** Index of the first key in `ready`: `Array.shift` would move all others. */
  let head = 0;
  const delayed = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  const takers = new Set<(key: string | undefined) => void>();
  const series: QueueSeries | undefined = metrics?.series(name, {
    depth: () => (closed ? 0 : added.size),
    processingSince: () => started.values(),
  });
  let closed = false;

  function enqueue(key: string): void {
    const [taker] = takers;
    if (taker === undefined) {
      ready.push(key);
      return;
    }
    takers.delete(taker);
    taker(take(key));
  }

  function shift(): string | undefined {
    const key = ready[head];
    if (key === undefined) return undefined;
    head++;
    if (head * 2 >= ready.length) {
      ready.splice(0, head);
      head = 0;
    }
    return key;
  }

  function take(key: string): string {
    const now = performance.now();
    series?.taken(now - (added.get(key) ?? now));
    added.delete(key);
    started.set(key, now);
    return key;
  }

  function add(key: string): void {
    if (closed || added.has(key)) return;
    added.set(key, performance.now());
    series?.added();
    if (!started.has(key)) enqueue(key);
  }

  function addAfter(key: string, delayMs: number): void {
    if (closed) return;
    series?.retried();
    if (!(delayMs > 0)) {
      add(key);
      return;
    }
    const at = performance.now() + delayMs;
    const pending = delayed.get(key);
    if (pending !== undefined && pending.at <= at) return;
    clearTimeout(pending?.timer);
    const onTime = (): void => {
      delayed.delete(key);
      add(key);
    };
    delayed.set(key, { at, timer: setTimeout(onTime, Math.min(delayMs, MAX_TIMER_MS)) });
  }

  return {
    add,
    addAfter,
    addRateLimited: (key) => addAfter(key, delays.next(key)),
    forget: (key) => delays.reset(key),
    retries: (key) => delays.count(key),
    async get(signal) {
      if (signal.aborted) return undefined;
      const key = shift();
      if (key !== undefined) return take(key);
      if (closed && added.size === 0) return undefined;
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const onAbort = (): void => {
        takers.delete(resolve);
        resolve(undefined);
      };
      takers.add(resolve);
      signal.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    done(key) {
      const startedAt = started.get(key);
      if (startedAt === undefined) return;
      started.delete(key);
      series?.done(performance.now() - startedAt);
      if (added.has(key)) enqueue(key);
      if (closed) releaseTakers();
    },
    get length() {
      return added.size;
    },
    close() {
      closed = true;
      for (const { timer } of delayed.values()) clearTimeout(timer);
      delayed.clear();
      releaseTakers();
    },
  };

  /** Lets the waiting callers of `get` return if no key can follow. */
  function releaseTakers(): void {
    if (added.size > 0) return;
    for (const taker of takers) taker(undefined);
    takers.clear();
  }
}
