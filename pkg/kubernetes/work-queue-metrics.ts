import type { Metrics } from '../metrics/metrics.ts';

/** The metrics of one queue. */
export interface QueueSeries {
  added(): void;
  /** @param waitedMs time since the key was added, in milliseconds. */
  taken(waitedMs: number): void;
  /** @param workedMs time since the key was taken, in milliseconds. */
  done(workedMs: number): void;
  retried(): void;
}

/** What is read from a queue at each scrape. */
export interface QueueState {
  depth(): number;
  /** When the processing of each unfinished key started, on the clock of `performance.now`. */
  processingSince(): Iterable<number>;
}

export interface QueueMetrics {
  /** Returns the series of a queue. A later queue of the same name continues those of the earlier one. */
  series(name: string, state: QueueState): QueueSeries;
}

/** Powers of ten in seconds, as in client-go, which starts at 10 ns. */
const BUCKETS = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1_000] as const;

/** Creates the metrics of all queues, under the names that controller-runtime uses. Call it once per registry. */
export function createQueueMetrics(metrics: Metrics): QueueMetrics {
  const labelNames = ['name', 'controller'] as const;
  const states = new Map<string, QueueState>();
  const known = new Map<string, QueueSeries>();

  /** Registers a gauge that is computed at each scrape. */
  function gauge(name: string, help: string, read: (state: QueueState) => number): void {
    const series = metrics.gauge({
      name,
      help,
      labelNames,
      collect() {
        for (const [queue, state] of states) series.set({ name: queue, controller: queue }, read(state));
        return undefined;
      },
    });
  }
  gauge('workqueue_depth', 'Keys waiting to be processed', (state) => state.depth());
  gauge('workqueue_unfinished_work_seconds', 'Sum of the ages of the keys being processed', (state) =>
    [...agesOf(state)].reduce((sum, age) => sum + age, 0),
  );
  gauge('workqueue_longest_running_processor_seconds', 'Age of the key that has been processed longest', (state) =>
    Math.max(0, ...agesOf(state)),
  );
  const adds = metrics.counter({ name: 'workqueue_adds_total', help: 'Keys added', labelNames });
  const retries = metrics.counter({ name: 'workqueue_retries_total', help: 'Keys added with a delay', labelNames });
  const waits = metrics.durationHistogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time that keys wait to be processed',
    buckets: BUCKETS,
  });
  const works = metrics.durationHistogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Time to process a key',
    buckets: BUCKETS,
  });

  function createSeries(name: string): QueueSeries {
    const labels = { name, controller: name };
    const [wait, work] = [waits.row(labels), works.row(labels)];
    // A series that starts at 0 makes the first increase visible to `rate`.
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    return {
      added: () => adds.inc(labels),
      taken: (waitedMs) => wait.observe(waitedMs / 1_000),
      done: (workedMs) => work.observe(workedMs / 1_000),
      retried: () => retries.inc(labels),
    };
  }

  return {
    series(name, state) {
      states.set(name, state);
      const series = known.get(name) ?? createSeries(name);
      known.set(name, series);
      return series;
    },
  };
}

function* agesOf(state: QueueState): Iterable<number> {
  const now = performance.now();
  for (const startedAt of state.processingSince()) yield (now - startedAt) / 1_000;
}
