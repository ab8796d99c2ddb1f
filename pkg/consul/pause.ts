import { setTimeout as delay } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal aborts; the caller looks at the signal. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await Promise.allSettled([delay(ms, undefined, { signal })]);
}
