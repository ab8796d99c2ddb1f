import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const PLAIN = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const [{ port }, close] = [server.address(), () => server.close()];
`;

const OWN = `
import { pino } from 'pino';
import { createHttpServer } from './pkg/httpserver/server.ts';
const server = createHttpServer({ name: 'http', host: '127.0.0.1', port: 0 }, { logger: pino({ level: 'silent' }) });
server.app.get('/', async () => 'ok');
await server.listen();
const [{ port }, close] = [server.address(), () => server.close()];
`;

/** Sends 20,000 requests to the server before it, 50 at a time, after a line of its own. */
const LOAD = `
import { Agent, get } from 'node:http';
process.stdout.write('listening\\n');
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const request = () => new Promise((resolve, reject) => {
  get({ port, agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
});
for (let round = 0; round < 400; round += 1) await Promise.all(Array.from({ length: 50 }, request));
agent.destroy();
close();
`;

/** Reads the same property of objects of six shapes in one place. */
const SHAPES = `
process.stdout.write('listening\\n');
const objects = Array.from({ length: 6 }, (_, index) => ({ ['other' + index]: 0, common: 1 }));
const read = (object) => object.common;
function sum() {
  let total = 0;
  for (const object of objects) total += read(object);
  return total;
}
for (let call = 0; call < 1000; call += 1) sum();
close();
`;

/** Returns what V8 and the program print. */
async function reportOf(flags: string[], program: string): Promise<string> {
  const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toContain('listening\n');
  return output;
}

test('V8 does not decide to allocate in the old generation while the server listens, as it does for a plain one', async () => {
  const flags = ['--trace-pretenuring-statistics', '--max-semi-space-size=1'];
  const whileListening = (report: string) => report.slice(report.indexOf('listening\n'));
  expect(whileListening(await reportOf(flags, PLAIN + LOAD))).toContain('AllocationSite');
  expect(whileListening(await reportOf(flags, OWN + LOAD))).not.toContain('AllocationSite');
}, 60_000);

test('V8 remembers more than four shapes of objects in one place while the server listens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'v8-flags-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'v8.log');
  const flags = ['--log-ic', `--logfile=${log}`, '--no-logfile-per-isolate'];
  /** The states of the place: with the fifth shape, it becomes megamorphic (N) instead of polymorphic (P). */
  const statesWith = async (server: string) => {
    await reportOf(flags, server + SHAPES);
    return [...readFileSync(log, 'utf8').matchAll(/^LoadIC,.*,(\w),0x\w+,common,/gm)]
      .map(([, state]) => state)
      .join('');
  };
  expect(await statesWith(PLAIN)).toBe('1PPPNN');
  expect(await statesWith(OWN)).toBe('1PPPPP');
});
