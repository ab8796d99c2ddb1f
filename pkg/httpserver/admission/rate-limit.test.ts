import { expect, test } from 'vitest';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

const MINUTE = 60_000;
const A = '192.0.2.1';

/** Returns how many of `count` requests at `now` are accepted. */
function taken(limit: RateLimit, count: number, now: number, address = A): number {
  let allowed = 0;
  for (let i = 0; i < count; i++) if (limit.take(address, now).allowed) allowed++;
  return allowed;
}

test('a client may send as many requests as the limit, and receives how many are left', () => {
  const limit = createRateLimit({ max: 3, windowMs: MINUTE });
  expect(limit.policy).toBe('"default";q=3;w=60');
  const allowances = [1, 2, 3, 4].map(() => limit.take(A, 5 * MINUTE));
  expect(allowances.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
  expect(allowances.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0]);
});

test('each client has its own limit, but the addresses of one IPv6 network share one', () => {
  const limit = createRateLimit({ max: 1, windowMs: MINUTE });
  expect(taken(limit, 5, 0, '192.0.2.1')).toBe(1);
  expect(taken(limit, 5, 0, '192.0.2.2')).toBe(1);
  expect(taken(limit, 5, 0, '2001:db8::1')).toBe(1);
  expect(taken(limit, 5, 0, '2001:db8::2')).toBe(0);
});

test('the window slides: a burst at its end does not allow another at the start of the next', () => {
  const limit = createRateLimit({ max: 100, windowMs: MINUTE });
  expect(taken(limit, 100, 10 * MINUTE)).toBe(100);
  expect(taken(limit, 100, 11 * MINUTE)).toBe(0);
  expect(taken(limit, 100, 11.25 * MINUTE)).toBe(25);
  expect(taken(limit, 100, 11.5 * MINUTE)).toBe(25);
  expect(taken(limit, 200, 14 * MINUTE)).toBe(100);
});

test('no window, wherever it starts, has more accepted requests of a client than the limit plus one', () => {
  const limit = createRateLimit({ max: 10, windowMs: MINUTE });
  const served: number[] = [];
  for (let now = 0; now < 10 * MINUTE; now += 997) if (limit.take(A, now).allowed) served.push(now);
  const busiest = Math.max(...served.map((from) => served.filter((at) => at >= from && at < from + MINUTE).length));
  expect(busiest).toBeLessThanOrEqual(11);
  expect(served.length).toBeGreaterThanOrEqual(90);
});

test.each([1, 2, 7, 100])('a client is served again after the seconds that its rejection names (limit %i)', (max) => {
  const limit = createRateLimit({ max, windowMs: MINUTE });
  for (let now = 1000, rejections = 0; now < 100 * MINUTE; now += 137) {
    const allowance = limit.take(A, now);
    if (allowance.allowed) continue;
    rejections += 1;
    expect(allowance.resetSeconds).toBeGreaterThanOrEqual(1);
    expect(allowance.resetSeconds).toBeLessThanOrEqual(61);
    now += allowance.resetSeconds * 1000;
    expect(limit.take(A, now).allowed).toBe(true);
    if (rejections === 20) return;
  }
  expect.unreachable('too few rejections to conclude anything');
});

test('rejected requests do not count', () => {
  const limit = createRateLimit({ max: 10, windowMs: MINUTE });
  expect(taken(limit, 10_000, 0)).toBe(10);
  expect(taken(limit, 10_000, 1.5 * MINUTE)).toBe(5);
});

test('limits change at run time, and counts are kept', () => {
  const limit = createRateLimit({ max: 5, windowMs: MINUTE });
  expect(taken(limit, 9, 0)).toBe(5);
  limit.configure({ max: 7, windowMs: MINUTE });
  expect(limit.policy).toBe('"default";q=7;w=60');
  expect(taken(limit, 9, 0)).toBe(2);
  limit.configure({ max: 2, windowMs: MINUTE });
  expect(limit.take(A, 0)).toMatchObject({ allowed: false, remaining: 0 });
  limit.configure({ max: 2, windowMs: 2 * MINUTE });
  expect(taken(limit, 9, 0)).toBe(2);
  limit.configure({ max: 0, windowMs: MINUTE });
  expect([limit.policy, limit.size]).toEqual([undefined, 0]);
});
