import { expect, test } from 'vitest';
import { createTokenCache } from './token-cache.ts';
import { DEFAULT_TOKEN_CACHE_SIZE } from './token-verifier.ts';

const principal = { subject: 'ada', permissions: new Set<string>() };
const later = Date.now() + 3_600_000;

/** Returns distinct tokens of this length. */
const tokens = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, '0'));

function cacheOf(maxBytes: number, added: readonly string[]) {
  const cache = createTokenCache(maxBytes);
  for (const token of added) cache.set(token, principal, later);
  return { ...cache, kept: () => added.filter((token) => cache.get(token) !== undefined) };
}

test('20,000 tokens of 1,000 characters fit into the default size', () => {
  expect(cacheOf(DEFAULT_TOKEN_CACHE_SIZE, tokens(20_000, 1_000)).kept()).toHaveLength(20_000);
});

test('a full cache drops the oldest tenth, and never holds more than its size', () => {
  const added = tokens(1_001, 500);
  expect(cacheOf(1_000_000, added.slice(0, 1_000)).kept()).toHaveLength(1_000);
  expect(cacheOf(1_000_000, added).kept()).toEqual(added.slice(-900));
  expect(cacheOf(1_000_000, tokens(5_000, 500)).kept().length).toBeLessThanOrEqual(1_000);
});

test('a large token makes room for itself; one that is larger than the cache is not cached and drops none', () => {
  const [large = '', tooLarge = ''] = [...tokens(1, 9_500), ...tokens(1, 9_501)];
  const small = tokens(10, 500);
  expect(cacheOf(10_000, [...small, large]).kept()).toEqual([large]);
  expect(cacheOf(10_000, [...small, tooLarge]).kept()).toEqual(small);
  expect(cacheOf(0, small).kept()).toEqual([]);
});

test('a token that is cached again counts once', () => {
  const added = tokens(10, 500);
  expect(cacheOf(10_000, [...added, ...added.toReversed()]).kept()).toHaveLength(20);
});

test('expired tokens and cleared tokens take no room', () => {
  const { set, get, clear, kept } = cacheOf(10_000, tokens(10, 500));
  clear();
  expect(kept()).toEqual([]);
  const expired = tokens(20, 500).slice(10);
  for (const token of expired) set(token, principal, Date.now());
  expect(expired.filter((token) => get(token) !== undefined)).toEqual([]);
  for (const token of tokens(10, 500)) set(token, principal, later);
  expect(kept()).toHaveLength(10);
});
