import { expect, test } from 'vitest';
import { requestIdFrom } from './request-id.ts';

test('without an acceptable id of the client, each request gets its own UUID of version 4', () => {
  const ids = Array.from({ length: 10_000 }, () => requestIdFrom(undefined));
  expect(new Set(ids).size).toBe(10_000);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  for (const position of [0, 7, 9, 15, 19, 24, 35]) {
    const digits = new Set(ids.map((id) => id[position]));
    expect(digits.size, `digits at ${position}`).toBe(position === 19 ? 4 : 16);
  }
});

test.each(['a', 'Z.9_-', 'x'.repeat(128)])('the id of the client is kept: %s', (id) => {
  expect(requestIdFrom(id)).toBe(id);
});

test.each(['', 'x'.repeat(129), 'a b', 'a\n', '"', ['a', 'b']])('another one is replaced: %j', (id) => {
  expect(requestIdFrom(id)).toHaveLength(36);
});
