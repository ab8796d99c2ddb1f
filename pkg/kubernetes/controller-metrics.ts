import type { Metrics } from '../metrics/metrics.ts';

/** `requeue`: a conflict, retried soon. `requeue_after`: the reconciler asked to be called again. */
export type ReconcileOutcome = 'success' | 'requeue' | 'requeue_after' | 'error';

/** The metrics of one controller. */
export interface ControllerSeries {
  started(): void;
  /** @param outcome undefined if the controller was stopped meanwhile. */
  ended(outcome: ReconcileOutcome | undefined, durationMs: number): void;
  timedOut(): void;
}

export interface ControllerMetrics {
  /** Returns the series of a controller. A later controller of the same name continues those of the earlier one. */
  series(controller: string, concurrency: number): ControllerSeries;
}

/** Creates the metrics of all controllers, under the names that controller-runtime uses. Call it once per registry. */
export function createControllerMetrics(metrics: Metrics): ControllerMetrics {
  const labelNames = ['controller'] as const;
  const known = new Map<string, ControllerSeries>();
  const total = metrics.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result: success, requeue, requeue_after or error',
    labelNames: [...labelNames, 'result'],
  });
  const errors = metrics.counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciles that failed',
    labelNames,
  });
  const timeouts = metrics.counter({
    name: 'controller_runtime_reconcile_timeouts_total',
    help: 'Reconciles that reached their time limit',
    labelNames,
  });
  const active = metrics.gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciles in progress',
    labelNames,
  });
  const maximum = metrics.gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Maximum number of reconciles in progress',
    labelNames,
  });
  const durations = metrics.durationHistogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of reconciles',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });

  function createSeries(controller: string): ControllerSeries {
    const labels = { controller };
    const duration = durations.row(labels);
    for (const result of ['success', 'requeue', 'requeue_after', 'error']) total.inc({ controller, result }, 0);
    errors.inc(labels, 0);
    timeouts.inc(labels, 0);
    return {
      started: () => active.inc(labels),
      ended(outcome, durationMs) {
        active.dec(labels);
        duration.observe(durationMs / 1_000);
        if (outcome !== undefined) total.inc({ controller, result: outcome });
        if (outcome === 'error') errors.inc(labels);
      },
      timedOut: () => timeouts.inc(labels),
    };
  }

  return {
    series(controller, concurrency) {
      maximum.set({ controller }, concurrency);
      const series = known.get(controller) ?? createSeries(controller);
      known.set(controller, series);
      return series;
    },
  };
}
