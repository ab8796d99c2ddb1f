import { setTimeout as delay } from 'node:timers/promises';
import { type FixedRateOptions, type FixedRateResult, runFixedRate } from '../load/fixed-rate.ts';
import { type OtlpSink, QUICK_SINK } from '../otlp-sink.ts';
import type { RowProcess } from '../row-process.ts';
import { REFERENCE, type Row } from '../rows.ts';
import { type Bench, type Generation, withGeneration } from './bench.ts';
import { droppedSpans } from './dropped-spans.ts';

/** Shares of the capacity at which latency is measured. Spans are counted at the last one. */
export const LATENCY_SHARES = [0.1, 0.5] as const;

/**
 * A round counts only if the client stalled for less than this share of each of its two runs. Requests are evenly spaced,
 * so at most half of the slowest hundredth, which determines the p99, are then slow because of the client.
 */
export const MAX_STALLED_SHARE = 0.005;

export interface LatencyOptions {
  /** Rounds that must count. Rounds that do not are repeated, at most as often. */
  rounds: number;
  seconds: number;
  /** Seconds of full load before the measurement: until the code is compiled, some requests take a hundred times as long. */
  warmUpSeconds: number;
  /** Whether to wait until the number of received spans is stable, which takes 14 s per row. */
  countSpans: boolean;
}

export interface LatencySample {
  row: string;
  /** Share of the row's capacity. */
  share: number;
  /** Requests per second sent to the row and to bare Fastify: this share of the row's capacity. */
  rate: number;
  round: number;
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** Bare Fastify at the same rate, measured directly before. */
  bareP50Ms: number;
  bareP99Ms: number;
  /** Without the client's stalls: lower bounds. */
  p99WithoutStallsMs: number;
  bareP99WithoutStallsMs: number;
  /** The larger share of the two runs in which the client stalled, and its longest stall. */
  stalledShare: number;
  longestStallMs: number;
}

/** Reports whether the client stalled so little that the round measures the servers. */
export function counts({ stalledShare }: Pick<LatencySample, 'stalledShare'>): boolean {
  return stalledShare < MAX_STALLED_SHARE;
}

/** The spans that a row sent, received and dropped at half of its capacity. */
export interface SpanLoss {
  row: string;
  /** Requests times the sampling ratio. */
  expected: number;
  received: number;
  dropped: number | null;
}

export interface Latency {
  samples: LatencySample[];
  spans: SpanLoss[];
}

const CONNECTIONS = 50;
/** Longer than the default batch period of 5 s. */
const QUIET_MS = 7_000;

/**
 * Measures the latency of each row at {@link LATENCY_SHARES} of its capacity, and that of bare Fastify at the same rate.
 *
 * @param capacityOf returns the requests per second that the row can serve.
 */
export async function measureLatency(
  rows: readonly Row[],
  bench: Bench,
  options: LatencyOptions & { capacityOf: (row: Row) => number },
): Promise<Latency> {
  const { warmUpSeconds, countSpans, capacityOf } = options;
  const result: Latency = { samples: [], spans: [] };
  const measure = async ({ processes, sink }: Generation): Promise<void> => {
    const bare = processes.find(({ row }) => row.name === REFERENCE);
    if (bare === undefined) throw new Error(`measuring latency requires the row ${REFERENCE}`);
    for (const { url } of processes) {
      await bench.generator.run({ url, load: 'pipelined', connections: CONNECTIONS, seconds: warmUpSeconds });
    }
    for (const [index, process] of processes.entries()) {
      const { row } = process;
      if (process === bare) continue;
      for (const share of LATENCY_SHARES) {
        const counted = countSpans && row.sampleRatio !== undefined && share === LATENCY_SHARES.at(-1);
        const spansBefore = counted ? await settledSpans(index, sink) : 0;
        const rate = Math.round(capacityOf(row) * share);
        const { samples, requests } = await measureRounds({ bare, process, share, rate }, options, bench);
        result.samples.push(...samples);
        bench.say(
          `latency of ${row.name} at ${rate}/s: ${samples.filter(counts).length} of ${samples.length} rounds count`,
        );
        if (!counted) continue;
        const received = (await settledSpans(index, sink)) - spansBefore;
        const expected = requests * (row.sampleRatio ?? 0);
        result.spans.push({ row: row.name, expected, received, dropped: await droppedSpans(process) });
      }
    }
  };
  await withGeneration(rows, bench, measure, QUICK_SINK);
  return result;
}

interface Comparison {
  bare: RowProcess;
  process: RowProcess;
  share: number;
  rate: number;
}

/** Repeats the round until enough of them count, and returns all of them and the number of requests to the row. */
async function measureRounds(
  { bare, process, share, rate }: Comparison,
  { rounds, seconds }: LatencyOptions,
  bench: Bench,
): Promise<{ samples: LatencySample[]; requests: number }> {
  const run = (url: string) => atFixedRate({ url, rate, seconds, connections: CONNECTIONS }, bench);
  const samples: LatencySample[] = [];
  // A first round that does not count: at another rate, V8 compiles some code again.
  await run(bare.url);
  let { requests } = await run(process.url);
  for (let round = 1; round <= 2 * rounds && samples.filter(counts).length < rounds; round++) {
    const reference = await run(bare.url);
    const own = await run(process.url);
    requests += own.requests;
    samples.push({
      row: process.row.name,
      share,
      rate,
      round,
      rps: own.rps,
      p50Ms: own.p50Ms,
      p99Ms: own.p99Ms,
      bareP50Ms: reference.p50Ms,
      bareP99Ms: reference.p99Ms,
      p99WithoutStallsMs: own.p99WithoutStallsMs,
      bareP99WithoutStallsMs: reference.p99WithoutStallsMs,
      stalledShare: Math.max(own.stalledShare, reference.stalledShare),
      longestStallMs: Math.max(own.longestStallMs, reference.longestStallMs),
    });
  }
  return { samples, requests };
}

async function atFixedRate(options: FixedRateOptions, { cores }: Bench): Promise<FixedRateResult> {
  // The client never sleeps. It runs at a lower priority so that the process that reads the server's log, on the same core
  // unless there is a third one, is scheduled at once. Otherwise the pipe would fill up, and the server, which writes its log
  // synchronously, would wait.
  const result = await runFixedRate(options, [...cores.client, 'nice', '-n', '10']);
  if (result.failures > 0) throw new Error(`${result.failures} requests failed at ${options.rate}/s: ${options.url}`);
  return result;
}

/** Waits until no more spans arrive, and returns their number. */
async function settledSpans(index: number, sink: OtlpSink): Promise<number> {
  for (let before = -1; ; ) {
    const { spans } = await sink.counts(index);
    if (spans === before) return spans;
    before = spans;
    await delay(QUIET_MS);
  }
}
