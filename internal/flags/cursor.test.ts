import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

test.each(['a', 'new-checkout', 'a.b_c-d', 'z'.repeat(64)])('a cursor for %s decodes to that key', (key) => {
  const cursor = encodeCursor(key);

  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(decodeCursor(cursor)).toBe(key);
});

test.each([
  ['an empty one', ''],
  ['one with characters outside base64url', `${encodeCursor('abc')}!`],
  ['a padded one', 'YQ=='],
  ['one with stray bits at its end', 'YR'],
  ['one for an invalid key', encodeCursor('No Key')],
  ['one that is not UTF-8', Buffer.from([0xff, 0xfe]).toString('base64url')],
  ['a plain key', 'new-checkout'],
])('%s is rejected', (_name, cursor) => {
  expect(decodeCursor(cursor)).toBeUndefined();
});
