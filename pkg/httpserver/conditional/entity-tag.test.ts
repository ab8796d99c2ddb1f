import { describe, expect, test } from 'vitest';
import { formatEntityTag, matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tag.ts';

const strong = (opaque: string) => ({ opaque, weak: false });
const weak = (opaque: string) => ({ opaque, weak: true });

describe('parseEntityTags', () => {
  test.each([
    ['*', '*'],
    [' * ', '*'],
    ['"a"', [strong('a')]],
    ['W/"a"', [weak('a')]],
    ['""', [strong('')]],
    ['"a", W/"b","c"', [strong('a'), weak('b'), strong('c')]],
    ['"a,b" , "c"', [strong('a,b'), strong('c')]],
    ['"*"', [strong('*')]],
    ['"\u00e9\u00ff"', [strong('\u00e9\u00ff')]],
    [', "a",\t,"b" ,', [strong('a'), strong('b')]],
  ])('%j is understood', (value, expected) => {
    expect(parseEntityTags(value)).toEqual(expected);
  });

  test.each([
    '',
    ' ',
    ',',
    'a',
    '"a',
    'a"',
    'w/"a"',
    'W/ "a"',
    '"a" "b"',
    '"a""b"',
    '*, "a"',
    '"a", *',
    '"a b"',
    '"a\u007f"',
    '"a", b',
  ])('%j is malformed', (value) => {
    expect(parseEntityTags(value)).toBeUndefined();
  });

  test('the output of formatEntityTag can be parsed', () => {
    expect(parseEntityTags(formatEntityTag('r-1'))).toEqual([strong('r-1')]);
  });

  test.each([
    ['commas', ','.repeat(64 * 1024)],
    ['commas and spaces without a tag', ', '.repeat(32 * 1024).concat('x')],
    ['an open quote', `"${'a'.repeat(64 * 1024)}`],
    ['a tag, then commas, then garbage', `"a"${' ,'.repeat(32 * 1024)}x`],
  ])('64 KiB of %s is rejected in linear time', (_name, value) => {
    const started = performance.now();
    expect(parseEntityTags(value)).toBeUndefined();
    // Linear takes about a millisecond, quadratic several seconds.
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('comparison', () => {
  test('strong comparison never matches a weak tag', () => {
    expect(matchesStrongly([strong('a')], 'a')).toBe(true);
    expect(matchesStrongly([weak('a')], 'a')).toBe(false);
    expect(matchesStrongly([strong('b'), weak('a')], 'a')).toBe(false);
  });

  test('weak comparison looks at the opaque value only', () => {
    expect(matchesWeakly([strong('a')], 'a')).toBe(true);
    expect(matchesWeakly([weak('a')], 'a')).toBe(true);
    expect(matchesWeakly([weak('b')], 'a')).toBe(false);
  });
});
