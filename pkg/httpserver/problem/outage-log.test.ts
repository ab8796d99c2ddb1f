import { expect, test } from 'vitest';
import { createOutageLog } from './outage-log.ts';

test('an outage is logged with its stack once, then counted each minute, and logged again when it recurs', () => {
  let now = 0;
  const lines: object[] = [];
  const outages = createOutageLog(() => now);
  const error = new Error('no response');
  const fail = (code = 'store_unavailable') =>
    outages.failed(code, error, { warn: (line: object) => lines.push(line) });

  for (; now < 130_000; now += 100) fail();
  expect(lines).toEqual([
    { problem: 'store_unavailable', err: error },
    { problem: 'store_unavailable', suppressed: 600 },
    { problem: 'store_unavailable', suppressed: 600 },
  ]);

  fail('another');
  expect(lines.at(-1)).toEqual({ problem: 'another', err: error });

  now += 60_001;
  fail();
  expect(lines.at(-1)).toEqual({ problem: 'store_unavailable', suppressed: 99, err: error });
});

test('invented codes do not fill the memory', () => {
  const outages = createOutageLog(() => 0);
  let lines = 0;
  for (let n = 0; n < 1000; n += 1) outages.failed(`code-${n}`, new Error('x'), { warn: () => lines++ });
  expect(lines).toBe(1000);
});
