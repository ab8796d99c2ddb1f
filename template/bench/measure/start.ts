import { startOtlpSink } from '../otlp-sink.ts';
import { startRow } from '../row-process.ts';
import type { Row } from '../rows.ts';
import type { Bench } from './bench.ts';

export interface StartSample {
  row: string;
  round: number;
  /** CPU time from the start of the process to its first 200 on /readyz. */
  ms: number;
}

/** Measures start times, one process at a time, with the rows taking turns. */
export async function measureStart(rows: readonly Row[], bench: Bench, rounds: number): Promise<StartSample[]> {
  const { cores, nodeFlags } = bench;
  const samples: StartSample[] = [];
  const sink = await startOtlpSink(1, cores);
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const row of rows) {
        const process = await startRow(row, { cores, nodeFlags, receiver: sink.address(0) });
        samples.push({ row: row.name, round, ms: process.startMs });
        await process.stop();
      }
    }
    bench.say(`measured ${rounds} starts of each of ${rows.length} rows`);
  } finally {
    await sink.stop();
  }
  return samples;
}
