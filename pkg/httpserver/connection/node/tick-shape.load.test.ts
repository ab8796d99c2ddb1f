import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const OWN = `
import { pino } from 'pino';
import { createHttpServer } from './pkg/httpserver/server.ts';
createHttpServer({ name: 'http', host: '127.0.0.1', port: 0 }, { logger: pino({ level: 'silent' }) });
`;

/** Prints the CPU time of 400,000 ticks in milliseconds, after collections during which none was pending. */
const TICKS = `
const ticks = (count) => new Promise((resolve) => {
  const tick = () => (--count === 0 ? resolve() : process.nextTick(tick));
  process.nextTick(tick);
});
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
await ticks(100);
for (let round = 0; round < 5; round++) {
  await pause();
  gc();
}
await ticks(200_000);
const before = process.cpuUsage();
await ticks(400_000);
const { user } = process.cpuUsage(before);
console.log(user / 1000);
process.exit();
`;

function millisecondsOf(program: string): number {
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program]);
  return Number(output);
}

test('process.nextTick stays fast when collections run while no tick is pending, unlike without a server', () => {
  const plain = millisecondsOf(TICKS);
  const own = millisecondsOf(OWN + TICKS);
  expect(own).toBeGreaterThan(0);
  // Measured: a fifth on Node 26, a quarter on Node 24.
  expect(own).toBeLessThan(plain / 2);
}, 60_000);
