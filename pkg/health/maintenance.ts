import type { Metrics } from '../metrics/metrics.ts';
import type { Check } from './check.ts';

/** The subset of a pino logger that is used here. */
interface MaintenanceLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface MaintenanceDependencies {
  logger: MaintenanceLogger;
  metrics: Metrics;
}

export interface MaintenanceState {
  /** When the instance becomes ready again by itself, in ISO 8601. */
  readonly until: string;
  readonly reason: string;
}

/** Takes an instance out of service by hand: readiness fails until it is ended, or until its time has passed. */
export interface Maintenance {
  /** A required readiness check, which fails during maintenance. */
  readonly check: Check;
  /** Undefined if there is no maintenance. */
  readonly current: MaintenanceState | undefined;
  /** Begins maintenance, or replaces the time and the reason of the current one. */
  begin(options: { durationMs: number; reason: string }): MaintenanceState;
  /** Ends maintenance. Does nothing if there is none. */
  end(): void;
}

/** The state is in memory only: a restarted instance is in service. */
export function createMaintenance({ logger, metrics }: MaintenanceDependencies): Maintenance {
  let current: MaintenanceState | undefined;
  let timer: NodeJS.Timeout | undefined;
  metrics.gauge({
    name: 'maintenance_active',
    help: 'Whether this instance was taken out of service by hand (1) or not (0)',
    collect: () => (current === undefined ? 0 : 1),
  });

  function end(message: string): void {
    if (current === undefined) return;
    clearTimeout(timer);
    current = undefined;
    logger.info({}, message);
  }

  return {
    check: {
      name: 'maintenance',
      kind: 'required',
      cacheMs: 0,
      check() {
        if (current !== undefined) throw new Error(`taken out of service until ${current.until}: ${current.reason}`);
      },
    },
    get current() {
      return current;
    },
    begin({ durationMs, reason }) {
      clearTimeout(timer);
      // A timer and not a comparison with the clock, which may be set while it runs.
      timer = setTimeout(() => end('maintenance expired: the instance is back in service'), durationMs);
      timer.unref();
      current = { until: new Date(Date.now() + durationMs).toISOString(), reason };
      logger.warn(current, 'maintenance: the instance was taken out of service');
      return current;
    },
    end: () => end('maintenance ended: the instance is back in service'),
  };
}
