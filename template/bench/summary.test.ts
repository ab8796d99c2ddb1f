import { expect, test } from 'vitest';
import type { ThroughputSample } from './measure/throughput.ts';
import { summarizeStart, summarizeThroughput } from './summary.ts';

function turn(row: string, round: number, cpuUs: number): ThroughputSample {
  return { row, load: 'plain', generation: 1, round, cpuUs, rps: 1e6 / cpuUs, p50Ms: 1, p99Ms: 2 };
}

test('ratios compare turns of the same round, so that a slow phase of the machine cancels out', () => {
  const samples = [turn('bare', 1, 10), turn('service', 1, 20), turn('bare', 2, 30), turn('service', 2, 60)];
  const [bare, service] = summarizeThroughput(samples, 'plain');
  expect(bare?.capacity).toBe(1);
  expect(service).toMatchObject({ turns: 2, cpuQuietUs: 28, cpuMedianUs: 40, capacity: 0.5 });
  expect(service?.capacityPaired).toEqual({ min: 0.5, median: 0.5, max: 0.5 });
  expect(service?.rpsPaired.median).toBeCloseTo(0.5);
});

test('a percentile is undefined if one of the turns lacks it', () => {
  const samples = [turn('bare', 1, 10), { ...turn('bare', 2, 10), p99Ms: undefined }];
  expect(summarizeThroughput(samples, 'plain')).toMatchObject([{ p50Ms: 1, p99Ms: undefined }]);
});

test('turns of other loads are ignored', () => {
  expect(summarizeThroughput([{ ...turn('bare', 1, 10), load: 'pipelined' }], 'plain')).toEqual([]);
});

test('a round without a turn of the reference row is an error', () => {
  expect(() => summarizeThroughput([turn('bare', 1, 10), turn('service', 2, 20)], 'plain')).toThrow('no turn of bare');
});

test('start times are compared within each round', () => {
  const starts = [100, 120, 500].flatMap((ms, round) => [
    { row: 'bare', round, ms },
    { row: 'service', round, ms: ms * 2 },
  ]);
  const service = { row: 'service', starts: 3, ms: { min: 200, median: 240, max: 1000 }, ratio: 2 };
  expect(summarizeStart(starts)[1]).toEqual({ ...service, bundledRatio: undefined });
  const bundled = [100, 120, 500].map((ms, round) => ({ row: 'bare-bundled', round, ms: ms / 2 }));
  expect(summarizeStart([...starts, ...bundled])[1]).toEqual({ ...service, bundledRatio: 4 });
});
