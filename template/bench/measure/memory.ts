import { setTimeout as delay } from 'node:timers/promises';
import { residentMiBOf } from '../proc.ts';
import type { Row } from '../rows.ts';
import { type Bench, withGeneration } from './bench.ts';

export interface MemoryOptions {
  /** Seconds of load with 50 connections, then with 500. */
  seconds50: number;
  seconds500: number;
}

/** Resident memory of the process, in MiB. */
export interface MemoryResult {
  row: string;
  idle: number;
  after50: number;
  after500: number;
}

/** Time for a new process to settle. */
const SETTLE_MS = 2_000;

/** Measures each row in a new process that runs alone. */
export async function measureMemory(
  rows: readonly Row[],
  bench: Bench,
  { seconds50, seconds500 }: MemoryOptions,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const row of rows) {
    await withGeneration([row], bench, async ({ processes }) => {
      for (const { pid, url } of processes) {
        await delay(SETTLE_MS);
        const idle = residentMiBOf(pid);
        await bench.generator.run({ url, load: 'plain', connections: 50, seconds: seconds50 });
        const after50 = residentMiBOf(pid);
        await bench.generator.run({ url, load: 'plain', connections: 500, seconds: seconds500 });
        results.push({ row: row.name, idle, after50, after500: residentMiBOf(pid) });
      }
    });
    bench.say(`memory of ${row.name}`);
  }
  return results;
}
