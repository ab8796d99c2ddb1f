import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cores } from '../cores.ts';
import type { Spread } from '../statistics.ts';

export const LIST_ITEMS = 100_000;

/** CPU time per page, in microseconds, over several rounds. */
export interface ListResult {
  firstUs: Spread;
  lastUs: Spread;
  /** The last page divided by the first one, within each round. */
  ratio: Spread;
}

/** Measures the first and the last page of a list of {@link LIST_ITEMS} flags in memory, without HTTP. */
export async function measureList(cores: Cores, rounds: number): Promise<ListResult> {
  const program = join(import.meta.dirname, '../programs/list.ts');
  const [command = process.execPath, ...args] = [
    ...cores.server,
    process.execPath,
    program,
    `${LIST_ITEMS}`,
    `${rounds}`,
  ];
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout);
}
