import { type TestOptions, test } from 'vitest';
import { LONG } from '../long.ts';

/** Defines a test that takes minutes, only if `LONG=1`. Otherwise no test is defined, so none is reported as skipped. */
export function longTest(name: string, options: TestOptions, body: () => Promise<void>): void {
  if (LONG) test(name, options, body);
}
