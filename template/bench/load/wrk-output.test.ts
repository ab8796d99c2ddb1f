import { expect, test } from 'vitest';
import { parseWrk } from './wrk-output.ts';

const OUTPUT = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.07ms  418.53us  13.51ms   93.30%
    Req/Sec    47.25k     4.23k   51.61k    90.00%
  Latency Distribution
     50%  987.00us
     75%    1.15ms
     90%    1.34ms
     99%    1.02s${' '}
  94014 requests in 2.00s, 23.22MB read
Requests/sec:  46987.65
Transfer/sec:     11.60MB
`;

test('requests, rate and percentiles are parsed, and all units are converted to milliseconds', () => {
  expect(parseWrk(OUTPUT)).toEqual({ requests: 94_014, rps: 46_987.65, p50Ms: 0.987, p99Ms: 1020, failures: 0 });
});

test('a percentile printed as zero is undefined', () => {
  const { p50Ms, p99Ms } = parseWrk(OUTPUT.replace('99%    1.02s', '99%    0.00us'));
  expect({ p50Ms, p99Ms }).toEqual({ p50Ms: 0.987, p99Ms: undefined });
});

test('error responses and failed connections are failures, time-outs are not', () => {
  const errors = '  Socket errors: connect 1, read 2, write 3, timeout 40\n  Non-2xx or 3xx responses: 500\n';
  expect(parseWrk(OUTPUT.replace('Requests/sec', `${errors}Requests/sec`)).failures).toBe(506);
});

test('an output without figures is rejected', () => {
  expect(() => parseWrk('unable to connect')).toThrow('the output of wrk does not match');
});
