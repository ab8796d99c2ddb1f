import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

/** A server with many requests in flight, whose process reports the decisions of V8 between its own lines. */
const PROGRAM = `
import { createServer, get, Agent } from 'node:http';
import { keepGarbageYoung } from './pkg/httpserver/connection/node/young-garbage.ts';
const server = createServer((request, response) => response.end('ok'));
if (process.env.KEEP_YOUNG) server.once('listening', keepGarbageYoung);
server.listen(0, '127.0.0.1', async () => {
  process.stdout.write('listening\\n');
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const request = () => new Promise((resolve, reject) => {
    get({ port: server.address().port, agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
  for (let round = 0; round < 400; round += 1) await Promise.all(Array.from({ length: 50 }, request));
  agent.destroy();
  server.close();
});
`;

async function decisionsWhileListening(env: NodeJS.ProcessEnv): Promise<number> {
  const flags = ['--trace-pretenuring-statistics', '--max-semi-space-size=1', '--input-type=module', '--eval', PROGRAM];
  const child = spawn(process.execPath, flags, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toContain('listening\n');
  return output.slice(output.indexOf('listening\n')).split('AllocationSite').length - 1;
}

test('V8 allocates nothing in the old generation because earlier objects lived long', async () => {
  expect(await decisionsWhileListening({})).toBeGreaterThan(0);
  expect(await decisionsWhileListening({ KEEP_YOUNG: 'true' })).toBe(0);
}, 60_000);
