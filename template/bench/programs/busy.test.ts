import { expect, test } from 'vitest';
import { cpuMicrosOf } from '../proc.ts';
import route from '../route.json' with { type: 'json' };
import { type RowProcess, startRow } from '../row-process.ts';
import { BUSY } from '../rows.ts';

const REQUESTS = 100;
const COMPUTED_US = 5_000;
const NOT_PINNED = { server: [], load: [], client: [], description: '' };

/** Returns the CPU time of the process per request, in microseconds. */
async function cpuUsOf({ pid, url }: RowProcess): Promise<number> {
  const before = cpuMicrosOf(pid);
  for (let request = 0; request < REQUESTS; request++) {
    const response = await fetch(url);
    expect(await response.json()).toEqual({ ...route.response, node: process.version });
  }
  return (cpuMicrosOf(pid) - before) / REQUESTS;
}

test('a request takes as much more CPU time as was set', async () => {
  const busy = await startRow(BUSY, { cores: NOT_PINNED, nodeFlags: [], receiver: { http: '', grpc: '' } });
  try {
    const unset = await cpuUsOf(busy);
    await fetch(`${busy.origin}/busy/${COMPUTED_US}`, { method: 'PUT' });
    const added = (await cpuUsOf(busy)) - unset;
    expect(added).toBeGreaterThan(COMPUTED_US / 2);
    expect(added).toBeLessThan(COMPUTED_US * 2);
  } finally {
    await busy.stop();
  }
});
