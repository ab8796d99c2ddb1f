import { setTimeout as delay } from 'node:timers/promises';
import { type FixedRateOptions, type FixedRateResult, runFixedRate } from '../load/fixed-rate.ts';
import { type OtlpSink, QUICK_SINK } from '../otlp-sink.ts';
import { cpuMicrosOf } from '../proc.ts';
import type { RowProcess } from '../row-process.ts';
import { BUSY, REFERENCE, type Row } from '../rows.ts';
import { type Bench, type Generation, withGeneration } from './bench.ts';
import { droppedSpans } from './dropped-spans.ts';

/** Shares of the capacity at which latency is measured. Spans are counted at the last one. */
export const LATENCY_SHARES = [0.1, 0.5] as const;

/**
 * A round counts only if the client stalled for less than this share of each of its runs. Requests are evenly spaced,
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

/** One round: what the client measured of each of the three servers, one after another. */
export interface LatencySample {
  row: string;
  /** Share of the row's capacity. */
  share: number;
  /** Requests per second sent to each server: this share of the row's capacity. */
  rate: number;
  round: number;
  own: ServerLatency;
  /** {@link REFERENCE}. */
  bare: ServerLatency;
  /** {@link BUSY} with about the same CPU time per request as the row. */
  busy: ServerLatency;
}

export interface ServerLatency extends FixedRateResult {
  /** CPU time of the process per request, in microseconds. */
  cpuUs: number;
}

/** Returns the largest share of a run in which the client stalled. */
export function stalledShareOf({ own, bare, busy }: LatencySample): number {
  return Math.max(own.stalledShare, bare.stalledShare, busy.stalledShare);
}

/** Reports whether the client stalled so little that the round measures the servers. */
export function counts(sample: LatencySample): boolean {
  return stalledShareOf(sample) < MAX_STALLED_SHARE;
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
 * Measures the latency of each row at {@link LATENCY_SHARES} of its capacity, and that of bare Fastify at the same rate, as it
 * is and as busy as the row.
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
    const busy = processes.find(({ row }) => row === BUSY);
    if (bare === undefined || busy === undefined) throw new Error(`measuring latency requires the row ${REFERENCE}`);
    for (const { url } of processes) {
      await bench.generator.run({ url, load: 'pipelined', connections: CONNECTIONS, seconds: warmUpSeconds });
    }
    for (const [index, process] of processes.entries()) {
      const { row } = process;
      if (process === bare || process === busy) continue;
      for (const share of LATENCY_SHARES) {
        const counted = countSpans && row.sampleRatio !== undefined && share === LATENCY_SHARES.at(-1);
        const spansBefore = counted ? await settledSpans(index, sink) : 0;
        const rate = Math.round(capacityOf(row) * share);
        const { samples, requests } = await measureRounds({ bare, busy, process, share, rate }, options, bench);
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
  await withGeneration([...rows, BUSY], bench, measure, QUICK_SINK);
  return result;
}

interface Comparison {
  bare: RowProcess;
  busy: RowProcess;
  process: RowProcess;
  share: number;
  rate: number;
}

/** Repeats the round until enough of them count, and returns all of them and the number of requests to the row. */
async function measureRounds(
  { bare, busy, process, share, rate }: Comparison,
  { rounds, seconds }: LatencyOptions,
  bench: Bench,
): Promise<{ samples: LatencySample[]; requests: number }> {
  const run = (target: RowProcess) => atFixedRate(target, { rate, seconds, connections: CONNECTIONS }, bench);
  const samples: LatencySample[] = [];
  // A first round that does not count: at another rate, V8 compiles some code again.
  const { cpuUs: bareUs } = await run(bare);
  let { requests, cpuUs: ownUs } = await run(process);
  const busyMicros = Math.max(0, ownUs - bareUs);
  await compute(busy, busyMicros);
  const { cpuUs: busyUs } = await run(busy);
  await compute(busy, Math.max(0, busyMicros + ownUs - busyUs));
  for (let round = 1; round <= 2 * rounds && samples.filter(counts).length < rounds; round++) {
    const reference = await run(bare);
    const asBusy = await run(busy);
    const own = await run(process);
    requests += own.requests;
    samples.push({ row: process.row.name, share, rate, round, own, bare: reference, busy: asBusy });
  }
  return { samples, requests };
}

/** Sets for how many microseconds {@link BUSY} computes for each request from now on. */
async function compute({ origin }: RowProcess, micros: number): Promise<void> {
  const response = await fetch(`${origin}/busy/${micros}`, { method: 'PUT' });
  if (!response.ok) throw new Error(`${BUSY.title}: status ${response.status}`);
}

/** Sends requests to the process, and measures its CPU time per request, in microseconds, as well. */
async function atFixedRate(
  { pid, url }: RowProcess,
  options: Omit<FixedRateOptions, 'url'>,
  { cores }: Bench,
): Promise<ServerLatency> {
  const before = cpuMicrosOf(pid);
  // The client never sleeps. It runs at a lower priority so that the process that reads the server's log, on the same core
  // unless there is a third one, is scheduled at once. Otherwise the pipe would fill up, and the server, which writes its log
  // synchronously, would wait.
  const result = await runFixedRate({ url, ...options }, [...cores.client, 'nice', '-n', '10']);
  if (result.failures > 0) throw new Error(`${result.failures} requests failed at ${options.rate}/s: ${url}`);
  return { ...result, cpuUs: (cpuMicrosOf(pid) - before) / result.requests };
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
