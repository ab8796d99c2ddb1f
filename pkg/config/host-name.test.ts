import { expect, test } from 'vitest';
import { isHostName } from './host-name.ts';

test.each(['skiff.internal', 'localhost', 'a', '127.0.0.1', '::1', 'xn--bcher-kva.example'])(
  '%s is a host name',
  (text) => {
    expect(isHostName(text)).toBe(true);
  },
);

test.each([
  ...['', '*', '*.example.com', 'a:80', '[::1]', 'https://a', 'a/b', 'a b', 'a@b', 'a,b', '-a', 'a-', '.a', 'a..b'],
  'x'.repeat(254),
])('%j is not a host name', (text) => {
  expect(isHostName(text)).toBe(false);
});
