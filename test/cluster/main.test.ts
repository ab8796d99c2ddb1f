import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { reachScript } from './steps/network-policy.ts';
import { chartArguments } from './steps/release.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

test.each([
  ['cluster', { SKIFF_IMAGE: 'registry.example.com/skiff:1' }],
  ['image', { KUBECONFIG: '/dev/null' }],
])('it touches nothing until it is told which %s', (_, env) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [MAIN], { env, encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('KUBECONFIG');
  expect(stderr).toContain('SKIFF_IMAGE');
});

test.each([
  ['skiff', { repository: 'skiff', tag: '', digest: '' }],
  ['registry.example.com/a/skiff:0.1.0', { repository: 'registry.example.com/a/skiff', tag: '0.1.0', digest: '' }],
  ['localhost:5000/skiff', { repository: 'localhost:5000/skiff', tag: '', digest: '' }],
  ['localhost:5000/skiff:dev', { repository: 'localhost:5000/skiff', tag: 'dev', digest: '' }],
  ['r.example.com/skiff@sha256:ab', { repository: 'r.example.com/skiff', tag: '', digest: 'sha256:ab' }],
  ['r.example.com/skiff:1@sha256:ab', { repository: 'r.example.com/skiff', tag: '1', digest: 'sha256:ab' }],
])('the image %s is given to the chart in its parts', (image, parts) => {
  expect(chartArguments({ image })).toContain(`image=${JSON.stringify(parts)}`);
});

test('who answers is told from who does not, also when the answer is not understood', async () => {
  const servers = [0, 0].map((port) => createServer((_, response) => response.writeHead(204).end()).listen(port));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [open, closed] = servers.map((server) => (server.address() as AddressInfo).port);
  servers[1]?.close();
  const urls = [`http://127.0.0.1:${open}`, `http://127.0.0.1:${closed}`, `https://127.0.0.1:${open}`];
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', reachScript(urls)]);
  servers[0]?.close();
  expect(stdout).toMatch(/^204 no-answer ERR_SSL\w+\n$/);
});
