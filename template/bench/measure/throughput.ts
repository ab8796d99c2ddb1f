import { LOADS, type LoadName } from '../load/load.ts';
import { checkOutput } from '../output-check.ts';
import { cpuMicrosOf } from '../proc.ts';
import type { RowProcess } from '../row-process.ts';
import type { Row } from '../rows.ts';
import { type Bench, withGeneration } from './bench.ts';
import { droppedSpans } from './dropped-spans.ts';

export interface ThroughputOptions {
  /** Number of generations. Each starts new processes, because the same code settles at one of several speeds. */
  generations: number;
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
}

/** The result of one turn of a row. */
export interface ThroughputSample {
  row: string;
  load: LoadName;
  generation: number;
  round: number;
  /** CPU time of the whole server process per request, in microseconds. */
  cpuUs: number;
  rps: number;
  /** Undefined if the load generator could not determine it. */
  p50Ms?: number | undefined;
  p99Ms?: number | undefined;
}

export interface SpanCount {
  row: string;
  generation: number;
  /** Number of spans that the receiver got. */
  received: number;
  /** Number of spans that the service reports as dropped; null if it reports none. */
  dropped: number | null;
}

export interface Throughput {
  samples: ThroughputSample[];
  spans: SpanCount[];
}

const CONNECTIONS = 50;

/** Measures throughput with the rows taking turns (A B C A B C), so that other load on the machine affects all of them. */
export async function measureThroughput(
  rows: readonly Row[],
  bench: Bench,
  options: ThroughputOptions,
): Promise<Throughput> {
  const result: Throughput = { samples: [], spans: [] };
  for (let generation = 1; generation <= options.generations; generation++) {
    await withGeneration(rows, bench, async ({ processes, sink }) => {
      bench.say(`generation ${generation}: checking the output of each process`);
      await checkOutput(processes, sink);
      for (const process of processes) await turn(process, 'pipelined', options.warmUpSeconds, bench);
      for (let round = 1; round <= options.rounds; round++) {
        for (const load of LOADS) {
          for (const process of processes) {
            const figures = await turn(process, load, options.seconds, bench);
            result.samples.push({ row: process.row.name, load, generation, round, ...figures });
          }
        }
        bench.say(`generation ${generation}: finished round ${round} of ${options.rounds}`);
      }
      for (const [index, process] of processes.entries()) {
        if (process.row.sampleRatio === undefined) continue;
        const { spans } = await sink.counts(index);
        result.spans.push({ row: process.row.name, generation, received: spans, dropped: await droppedSpans(process) });
      }
    });
  }
  return result;
}

async function turn({ pid, url }: RowProcess, load: LoadName, seconds: number, { generator }: Bench) {
  const before = cpuMicrosOf(pid);
  const { requests, rps, p50Ms, p99Ms } = await generator.run({ url, load, connections: CONNECTIONS, seconds });
  return { cpuUs: (cpuMicrosOf(pid) - before) / requests, rps, p50Ms, p99Ms };
}
