import type { LifecycleLogger } from './stop-parts.ts';

/** Returns the logger without its errors: a log that cannot be written must not prevent a stop. */
export function neverThrowing(logger: LifecycleLogger): LifecycleLogger {
  const guard = (level: keyof LifecycleLogger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // There is nowhere else to report it.
    }
  };
  return { info: guard('info'), warn: guard('warn'), error: guard('error'), fatal: guard('fatal') };
}
