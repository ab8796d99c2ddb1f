import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `ms` milliseconds or until the signal aborts, which the caller must check. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await Promise.allSettled([delay(ms, undefined, { signal })]);
}
