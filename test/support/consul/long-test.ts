import { type TestOptions, test } from 'vitest';
import { LONG } from '../long.ts';

/** A test of minutes, which is there with `LONG=1` only. Otherwise it is no test, and so not a skipped one either. */
export function longTest(name: string, options: TestOptions, body: () => Promise<void>): void {
  if (LONG) test(name, options, body);
}
