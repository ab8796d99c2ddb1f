import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

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

/** Returns how many decisions of V8 about where to allocate it reports while the server listens. */
async function decisionsWhileListening(server: string): Promise<number> {
  const flags = ['--trace-pretenuring-statistics', '--max-semi-space-size=1', '--input-type=module'];
  const child = spawn(process.execPath, [...flags, '--eval', server + LOAD], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toContain('listening\n');
  return output.slice(output.indexOf('listening\n')).split('AllocationSite').length - 1;
}

test('V8 does not decide to allocate in the old generation while the server listens, as it does for a plain one', async () => {
  expect(await decisionsWhileListening(PLAIN)).toBeGreaterThan(0);
  expect(await decisionsWhileListening(OWN)).toBe(0);
}, 60_000);
