import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startApiServer } from '../../support/kubernetes/api-server.ts';
import { watchOf } from '../deploy/cluster/cluster.ts';

const KUBECTL = join(import.meta.dirname, '../../../.cache/kubernetes/bin/kubectl');
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const server = await startApiServer();
afterAll(() => server.stop());
// kubectl sends no token without TLS, so the proxy does.
const { token } = JSON.parse(readFileSync(server.adminKubeconfig, 'utf8')).users[0].user;

/** Starts a proxy that calls `beforeWatch` between the request that reads an object and the one that watches it. */
async function startWatchProxy(beforeWatch: () => Promise<unknown>): Promise<string> {
  const agent = new Agent({ ca: server.ca });
  const proxy = createServer(async ({ method, url = '', headers }, response) => {
    if (url.includes('watch=')) await beforeWatch();
    const options = { method, agent, headers: { accept: headers.accept, authorization: `Bearer ${token}` } };
    const upstream = request(`${server.url}${url}`, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy()).end();
    response.on('close', () => upstream.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
    agent.destroy();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test('a watch of the cluster tests prints a change that comes before the watch request', async () => {
  await server.api('POST', CONFIG_MAPS, { metadata: { name: 'watched' }, data: { step: 'first' } });
  const url = await startWatchProxy(() => server.api('PATCH', `${CONFIG_MAPS}/watched`, { data: { step: 'second' } }));
  const args = ['--server', url, '--kubeconfig', server.adminKubeconfig, '--namespace', 'default'];
  const kubectl = spawn(KUBECTL, [...args, ...watchOf('configmap', 'watched', '{.data.step}')]);
  onTestFinished(() => void kubectl.kill());
  let output = '';
  kubectl.stdout.on('data', (chunk) => (output += chunk));
  await expect.poll(() => output).toBe('first\nsecond\n');
});
