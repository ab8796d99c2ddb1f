import { expect, test } from 'vitest';
import { summarizeLatency } from './latency-summary.ts';
import { MAX_STALLED_SHARE } from './measure/latency.ts';

const bare = {
  requests: 1000,
  rps: 1000,
  p50Ms: 1,
  p99Ms: 2,
  p99WithoutStallsMs: 2,
  failures: 0,
  stalledShare: 0,
  longestStallMs: 0,
  cpuUs: 10,
};
const own = { ...bare, rps: 990, p99Ms: 3, p99WithoutStallsMs: 3, cpuUs: 20 };
const busy = { ...bare, p99Ms: 4, cpuUs: 21 };
const sample = { row: 'service', share: 0.5, rate: 1000, own, bare, busy };
const rounds = [
  { ...sample, round: 1 },
  { ...sample, round: 2, own: { ...own, p99Ms: 2 } },
];

test('latencies are compared with bare Fastify at the same rate, as it is and as busy', () => {
  expect(summarizeLatency(rounds)).toEqual([
    {
      row: 'service',
      share: 0.5,
      rate: 1000,
      rounds: 2,
      counted: 2,
      stalledShare: 0,
      p99WithoutStallsMs: 3,
      p99WithoutStallsPaired: { min: 1.5, median: 1.5, max: 1.5 },
      figures: {
        served: 0.99,
        p50Ms: 1,
        p99Ms: 2.5,
        bareP99Ms: 2,
        p99Paired: { min: 1, median: 1.25, max: 1.5 },
        cpuUs: 20,
        busyCpuUs: 21,
        busyP99Ms: 4,
        p99BusyPaired: { min: 0.5, median: 0.625, max: 0.75 },
      },
    },
  ]);
});

test('a round in which the client stalled for too long does not count', () => {
  const stalled = {
    ...sample,
    round: 3,
    own: { ...own, p99Ms: 500 },
    busy: { ...busy, stalledShare: MAX_STALLED_SHARE },
  };
  const [summary] = summarizeLatency([...rounds, stalled]);
  expect(summary).toMatchObject({ rounds: 3, counted: 2, figures: { p99Ms: 2.5 } });
  expect(summarizeLatency([stalled])).toMatchObject([{ rounds: 1, counted: 0, figures: undefined }]);
});

test('each share of the capacity is summarized on its own', () => {
  const summaries = summarizeLatency([...rounds, { ...sample, share: 0.1, rate: 200, round: 1 }]);
  expect(summaries.map(({ share, rate }) => [share, rate])).toEqual([
    [0.5, 1000],
    [0.1, 200],
  ]);
});
