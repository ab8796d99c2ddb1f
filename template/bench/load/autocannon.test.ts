import { expect, test } from 'vitest';
import { parseAutocannon } from './autocannon.ts';

test('requests, rate, percentiles and failures are parsed, and time-outs are not failures', () => {
  const output = {
    requests: { average: 20_000.5, total: 40_001 },
    latency: { p50: 2, p99: 7 },
    non2xx: 3,
    errors: 5,
    timeouts: 4,
  };
  expect(parseAutocannon(JSON.stringify(output))).toEqual({
    requests: 40_001,
    rps: 20_000.5,
    p50Ms: 2,
    p99Ms: 7,
    failures: 4,
  });
});
