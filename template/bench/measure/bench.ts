import type { Cores } from '../cores.ts';
import type { GoProgram } from '../go-program.ts';
import type { LoadGenerator } from '../load/load.ts';
import { type OtlpSink, startOtlpSink } from '../otlp-sink.ts';
import { type RowProcess, startRow } from '../row-process.ts';
import type { Row } from '../rows.ts';

/** The environment of every measurement. */
export interface Bench {
  cores: Cores;
  nodeFlags: readonly string[];
  generator: LoadGenerator;
  /** Reports progress. */
  say(text: string): void;
}

export interface Generation {
  /** In the order of the rows. */
  processes: readonly RowProcess[];
  sink: OtlpSink;
}

/**
 * Starts one process per row and one OTLP receiver for all of them, calls `use`, and stops them.
 *
 * @param receiver see `startOtlpSink`.
 */
export async function withGeneration<T>(
  rows: readonly Row[],
  { cores, nodeFlags }: Bench,
  use: (generation: Generation) => Promise<T>,
  receiver?: GoProgram,
): Promise<T> {
  const sink = await startOtlpSink(rows.length, cores, receiver);
  const processes: RowProcess[] = [];
  try {
    for (const [index, row] of rows.entries()) {
      processes.push(await startRow(row, { cores, nodeFlags, receiver: sink.address(index) }));
    }
    return await use({ processes, sink });
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    await sink.stop();
  }
}
