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
  /** Seconds of full load before the measurement: until the code is compiled, some requests take a hundred times as long. */
  warmUpSeconds: number;
  /** Whether to wait until the number of received spans is stable, which takes 14 s per row. */
  countSpans: boolean;
}

export interface LatencySample {
  row: string;
  /** Requests per second sent to the row and to bare Fastify: half of the row's capacity. */
  rate: number;
  round: number;
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** Bare Fastify at the same rate, measured directly before. */
  bareP50Ms: number;
  bareP99Ms: number;
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
 * Measures the latency of each row at half of its capacity, and that of bare Fastify at the same rate.
 *
 * @param capacityOf returns the requests per second that the row can serve.
 */
export async function measureLatency(
  rows: readonly Row[],
  bench: Bench,
  { rounds, seconds, warmUpSeconds, countSpans, capacityOf }: LatencyOptions & { capacityOf: (row: Row) => number },
): Promise<Latency> {
  const result: Latency = { samples: [], spans: [] };
  await withGeneration(rows, bench, async ({ processes, sink }) => {
    const bare = processes.find(({ row }) => row.name === REFERENCE);
    if (bare === undefined) throw new Error(`measuring latency requires the row ${REFERENCE}`);
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
        const { p50Ms, p99Ms, rps, requests: responses } = await run(url);
        requests += responses;
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
  // The client never sleeps. It runs at a lower priority so that the process that reads the server's log, on the same core,
  // is scheduled at once. Otherwise the pipe would fill up, and the server, which writes its log synchronously, would wait.
  const lowPriority = ['nice', '-n', '10'];
  const [command = process.execPath, ...args] = [
    ...cores.load,
    ...lowPriority,
    process.execPath,
    program,
    JSON.stringify(options),
  ];
  const { stdout } = await promisify(execFile)(command, args);
  const result: FixedRateResult = JSON.parse(stdout);
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
