import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FixedRateOptions, FixedRateResult } from '../load/fixed-rate-client.ts';
import type { OtlpSink } from '../otlp-sink.ts';
import { REFERENCE, type Row } from '../rows.ts';
import { type Bench, withGeneration } from './bench.ts';
import { droppedSpans } from './dropped-spans.ts';

export interface LatencyOptions {
  rounds: number;
  seconds: number;
  /** Of full load, before: code that is not compiled yet answers some requests in a hundred times as long. */
  warmUpSeconds: number;
  /** Whether to wait, 14 s for each row, until it is clear how many spans have arrived. */
  countSpans: boolean;
}

export interface LatencySample {
  row: string;
  /** Requests per second that both were asked: half of what the row could answer. */
  rate: number;
  round: number;
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** Bare Fastify at the same rate, directly before. */
  bareP50Ms: number;
  bareP99Ms: number;
}

/** What became of the spans of a row well below its capacity. */
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
/** A batch goes out after 5 s at the latest, by default. */
const QUIET_MS = 7_000;

/**
 * Latency at half of each row's capacity, beside bare Fastify at the same rate.
 *
 * @param capacityOf requests per second that the row could answer.
 */
export async function measureLatency(
  rows: readonly Row[],
  bench: Bench,
  { rounds, seconds, warmUpSeconds, countSpans, capacityOf }: LatencyOptions & { capacityOf: (row: Row) => number },
): Promise<Latency> {
  const result: Latency = { samples: [], spans: [] };
  await withGeneration(rows, bench, async ({ processes, sink }) => {
    const bare = processes.find(({ row }) => row.name === REFERENCE);
    if (bare === undefined) throw new Error(`the latencies need ${REFERENCE}`);
    for (const { url } of processes) {
      await bench.generator.run({ url, load: 'pipelined', connections: CONNECTIONS, seconds: warmUpSeconds });
    }
    for (const [index, process] of processes.entries()) {
      const { row, url } = process;
      if (process === bare) continue;
      const rate = Math.round(capacityOf(row) / 2);
      const run = (of: string, length = seconds) =>
        atFixedRate({ url: of, rate, seconds: length, connections: CONNECTIONS }, bench);
      for (const { url } of [bare, process]) await run(url, 1);
      const counted = countSpans && row.sampleRatio !== undefined;
      const spansBefore = counted ? await settledSpans(index, sink) : 0;
      let requests = 0;
      for (let round = 1; round <= rounds; round++) {
        const reference = await run(bare.url);
        const { p50Ms, p99Ms, rps, requests: answered } = await run(url);
        requests += answered;
        result.samples.push({
          row: row.name,
          rate,
          round,
          rps,
          p50Ms,
          p99Ms,
          bareP50Ms: reference.p50Ms,
          bareP99Ms: reference.p99Ms,
        });
      }
      bench.say(`latency of ${row.name} at ${rate}/s`);
      if (!counted) continue;
      const received = (await settledSpans(index, sink)) - spansBefore;
      const expected = requests * (row.sampleRatio ?? 0);
      result.spans.push({ row: row.name, expected, received, dropped: await droppedSpans(process) });
    }
  });
  return result;
}

async function atFixedRate(options: FixedRateOptions, { cores }: Bench): Promise<FixedRateResult> {
  const program = join(import.meta.dirname, '../programs/fixed-rate.ts');
  // It never sleeps. At a lower priority it leaves its core at once to who reads the server's log: otherwise the pipe fills,
  // and the server, which writes its log synchronously, waits for the reader.
  const lower = ['nice', '-n', '10'];
  const [command = process.execPath, ...args] = [
    ...cores.load,
    ...lower,
    process.execPath,
    program,
    JSON.stringify(options),
  ];
  const { stdout } = await promisify(execFile)(command, args);
  const result: FixedRateResult = JSON.parse(stdout);
  if (result.failures > 0) throw new Error(`${result.failures} requests failed at ${options.rate}/s: ${options.url}`);
  return result;
}

/** The spans that have arrived once no more come. */
async function settledSpans(index: number, sink: OtlpSink): Promise<number> {
  for (let before = -1; ; ) {
    const { spans } = await sink.counts(index);
    if (spans === before) return spans;
    before = spans;
    await delay(QUIET_MS);
  }
}
