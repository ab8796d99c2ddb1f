import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 500;
const LIMIT_MS = 60_000;

/** Reads a value again until it is as expected, for at most a minute. Returns the last one, which the caller must check. */
export async function until<T>(read: () => Promise<T>, isExpected: (value: T) => boolean): Promise<T> {
  for (const limit = performance.now() + LIMIT_MS; ; await delay(INTERVAL_MS)) {
    const value = await read();
    if (isExpected(value) || performance.now() > limit) return value;
  }
}
