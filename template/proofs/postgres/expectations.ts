import { expect } from 'vitest';
import { amount } from '../../support/amount.ts';
import type { OutageResult } from './outage.ts';

/** How often each fault is repeated. */
export const ROUNDS = amount('ROUNDS', { short: 1, long: 5 });

/** The service waits up to 1 s for a connection and 1.5 s for a statement. The rest is for a busy machine. */
const MAX_RESPONSE_MS = 6_000;
const MAX_RECOVERY_MS = 10_000;

export interface Expectations {
  /** Whether nothing works while the fault lasts: then the instances are not ready. Default: true. */
  readonly isOutage?: boolean;
  /** Whether only some statements fail, so that several short outages are logged. Default: false. */
  readonly isPartial?: boolean;
}

/** Prints the figures of an outage, and compares them with what the service promises. */
export function expectRecovery(
  name: string,
  result: OutageResult,
  { isOutage = true, isPartial = false }: Expectations = {},
): void {
  const { problems, lines, plainMedian, flags, recovery, unreadyAfter, rejected, acknowledged } = result;
  process.stdout.write(`${name}: ${JSON.stringify({ ...result, problems: problems.slice(0, 5) })}\n`);
  expect(problems.slice(0, 10)).toEqual([]);
  expect(acknowledged).toBeGreaterThan(20);
  expect(rejected).toBeGreaterThan(0);
  // Three times the normal value, and some more for a busy machine on which another instance starts.
  expect(plainMedian[1]).toBeLessThan(3 * plainMedian[0] + 50);
  expect(flags[1]).toBeLessThan(MAX_RESPONSE_MS);
  expect(recovery).toBeLessThan(MAX_RECOVERY_MS);
  if (isOutage) expect(unreadyAfter).toBeLessThan(MAX_RESPONSE_MS);
  // One line about each kind of failure, one about the health check and one about the requests.
  const kinds = new Set(lines.map(({ msg, reason }) => `${msg} ${reason}`));
  if (!isPartial) expect(lines).toHaveLength(kinds.size);
  expect(lines.length).toBeLessThanOrEqual(isPartial ? 12 : 5);
}
