import { expect, test } from 'vitest';
import { sameFlag } from './output-check.ts';
import route from './route.json' with { type: 'json' };

test('an answer may differ in the instant of its writing, and in nothing else', () => {
  const body = JSON.stringify(route.flag);
  expect(sameFlag(body.replace('2026-11-23T15:36:20.114Z', '2031-01-02T03:04:05.678Z'))).toBe(true);
  expect(sameFlag(body.replace('"version":1', '"version":2'))).toBe(false);
  expect(sameFlag(body.replace('20.114Z', '20Z'))).toBe(false);
});
