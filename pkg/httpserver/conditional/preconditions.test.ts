import { describe, expect, test } from 'vitest';
import { evaluatePreconditions, parsePreconditions } from './preconditions.ts';

describe('parsePreconditions', () => {
  test('headers that are absent set no precondition', () => {
    expect(parsePreconditions({})).toEqual({ ifMatch: undefined, ifNoneMatch: undefined });
  });

  test('both headers are read', () => {
    expect(parsePreconditions({ 'if-match': '"a"', 'if-none-match': '*' })).toEqual({
      ifMatch: [{ opaque: 'a', weak: false }],
      ifNoneMatch: '*',
    });
  });

  test('every malformed header is listed in a 422 problem', () => {
    expect(() => parsePreconditions({ 'if-match': 'a', 'if-none-match': '' })).toThrow(
      expect.objectContaining({
        status: 422,
        code: 'validation_failed',
        errors: [
          expect.objectContaining({ in: 'headers', pointer: '/if-match' }),
          expect.objectContaining({ in: 'headers', pointer: '/if-none-match' }),
        ],
      }),
    );
  });
});

describe('evaluatePreconditions', () => {
  test.each([
    { headers: {}, current: 'a', outcome: 'met' },
    { headers: {}, current: undefined, outcome: 'met' },
    { headers: { 'if-match': '"a"' }, current: 'a', outcome: 'met' },
    { headers: { 'if-match': '"x", "a"' }, current: 'a', outcome: 'met' },
    { headers: { 'if-match': 'W/"a"' }, current: 'a', outcome: 'if-match-failed' },
    { headers: { 'if-match': '"x"' }, current: 'a', outcome: 'if-match-failed' },
    { headers: { 'if-match': '"a"' }, current: undefined, outcome: 'if-match-failed' },
    { headers: { 'if-match': '*' }, current: 'a', outcome: 'met' },
    { headers: { 'if-match': '*' }, current: undefined, outcome: 'if-match-failed' },
    { headers: { 'if-none-match': '"a"' }, current: 'a', outcome: 'if-none-match-failed' },
    { headers: { 'if-none-match': 'W/"a"' }, current: 'a', outcome: 'if-none-match-failed' },
    { headers: { 'if-none-match': '"x"' }, current: 'a', outcome: 'met' },
    { headers: { 'if-none-match': '"a"' }, current: undefined, outcome: 'met' },
    { headers: { 'if-none-match': '*' }, current: 'a', outcome: 'if-none-match-failed' },
    { headers: { 'if-none-match': '*' }, current: undefined, outcome: 'met' },
    { headers: { 'if-match': '"a"', 'if-none-match': '"x"' }, current: 'a', outcome: 'met' },
    { headers: { 'if-match': '"a"', 'if-none-match': '"a"' }, current: 'a', outcome: 'if-none-match-failed' },
    { headers: { 'if-match': '"x"', 'if-none-match': '"a"' }, current: 'a', outcome: 'if-match-failed' },
  ])('$headers on $current: $outcome', ({ headers, current, outcome }) => {
    expect(evaluatePreconditions(parsePreconditions(headers), current)).toBe(outcome);
  });
});
