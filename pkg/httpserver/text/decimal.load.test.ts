import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Writes 400,000 different numbers between short-lived objects, and prints by how many KiB the old generation grew. */
const program = (write: string) => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { decimal3 } from './pkg/httpserver/text/decimal.ts';
  const write = ${write};
  const oldKiB = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size / 1024;
  const kept = [];
  let text = '';
  let seed = 1;
  function run(count) {
    for (let index = 0; index < count; index += 1) {
      kept[index % 100] = { index, others: [index, index] };
      seed = (seed * 48271) % 2147483647;
      text = write(seed / 2e6);
    }
  }
  run(200_000);
  gc();
  const before = oldKiB();
  run(400_000);
  console.log(oldKiB() - before);
`;

function growthOf(write: string): number {
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--input-type=module'];
  return Number(execFileSync(process.execPath, [...flags, '--eval', program(write)], { encoding: 'utf8' }));
}

test('a number leaves no text in the old generation, unlike one written by String', () => {
  expect(growthOf('String')).toBeGreaterThan(2000);
  expect(growthOf('decimal3')).toBeLessThan(500);
});
