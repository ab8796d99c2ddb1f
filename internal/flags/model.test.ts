import { describe, expect, test } from 'vitest';
import { FLAG_KEY_PATTERN, type Flag, isExpired } from './model.ts';

describe('isExpired', () => {
  const flag: Flag = { key: 'a', enabled: true, version: 1, updatedAt: '2026-01-01T00:00:00Z' };
  const instant = '2026-06-01T12:00:00+02:00';
  const instantMs = Date.UTC(2026, 5, 1, 10);

  test('a flag without expiresAt never expires', () => {
    expect(isExpired(flag, Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  test('a flag expires exactly at expiresAt, regardless of its UTC offset', () => {
    expect(isExpired({ ...flag, expiresAt: instant }, instantMs - 1)).toBe(false);
    expect(isExpired({ ...flag, expiresAt: instant }, instantMs)).toBe(true);
  });
});

describe('a key', () => {
  const pattern = new RegExp(FLAG_KEY_PATTERN, 'u');

  test.each(['a', '0', 'new-checkout', 'a.b_c-d', 'a'.repeat(64)])('%j is valid', (key) => {
    expect(pattern.test(key)).toBe(true);
  });

  test.each(['', 'A', '.a', '-a', '_a', 'a b', 'a/b', 'ä', 'a\n', '__proto__', 'a'.repeat(65)])(
    '%j is invalid',
    (key) => {
      expect(pattern.test(key)).toBe(false);
    },
  );
});
