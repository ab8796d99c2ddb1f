import type { LifecycleLogger } from './stop-components.ts';

/** Wraps a logger so that it never throws: a failing log must not prevent a stop. */
export function neverThrowing(logger: LifecycleLogger): LifecycleLogger {
  const guard = (level: keyof LifecycleLogger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // There is nowhere else to report the error.
    }
  };
  return { info: guard('info'), warn: guard('warn'), error: guard('error'), fatal: guard('fatal') };
}
