import type { Metrics } from '../metrics/metrics.ts';

export interface PoolMetrics {
  /** Measures a wait for a connection, until the returned function is called. */
  waiting(): () => void;
  /** Counts a wait that ended without a connection. */
  timedOut(): void;
}

export interface PoolState {
  readonly available: boolean;
  readonly counts: { readonly idle: number; readonly used: number; readonly pending: number };
}

/** Adds the metrics of a pool, named after OpenTelemetry's semantic conventions. `state` is read at each scrape. */
export function createPoolMetrics(
  { maxConnections }: { maxConnections: number },
  { metrics, state }: { metrics: Metrics; state: () => PoolState },
): PoolMetrics {
  const connections = metrics.gauge({
    name: 'db_client_connection_count',
    help: 'Open database connections by state: idle or used',
    labelNames: ['state'],
    collect() {
      const { idle, used } = state().counts;
      connections.set({ state: 'idle' }, idle);
      connections.set({ state: 'used' }, used);
      return undefined;
    },
  });
  metrics
    .gauge({ name: 'db_client_connection_max', help: 'Maximum number of open database connections' })
    .set(maxConnections);
  metrics.gauge({
    name: 'db_client_connection_pending_requests',
    help: 'Statements that wait for a database connection',
    collect: () => state().counts.pending,
  });
  metrics.gauge({
    name: 'postgres_available',
    help: 'Whether PostgreSQL responded to the latest statement or health check (1) or is unavailable (0)',
    collect: () => (state().available ? 1 : 0),
  });
  const timeouts = metrics.counter({
    name: 'db_client_connection_timeouts_total',
    help: 'Statements that were not sent because no database connection became free in time',
  });
  const wait = metrics
    .durationHistogram({
      name: 'db_client_connection_wait_time_seconds',
      help: 'Time to get a database connection from the pool',
    })
    .row({});

  return {
    waiting() {
      const startedAt = performance.now();
      return () => wait.observe((performance.now() - startedAt) / 1000);
    },
    timedOut: () => timeouts.inc(),
  };
}
