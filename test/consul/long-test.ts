import { type TestOptions, test } from 'vitest';

/** A test of minutes, which is there with `LONG=1` only. Otherwise it is no test, and so not a skipped one either. */
export function longTest(name: string, options: TestOptions, body: () => Promise<void>): void {
  if (process.env.LONG === '1') test(name, options, body);
}
