import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Cluster } from './cluster.ts';
import { mustOnlyShed, startLoad } from './load.ts';
import { completedPod } from './pods.ts';
import { reachScript } from './steps/reach.ts';
import { imageValues, setArguments } from './steps/release.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

test.each([
  ['cluster', { SKIFF_IMAGE: 'registry.example.com/skiff:1' }],
  ['image', { KUBECONFIG: '/dev/null' }],
])('the suite exits with 2 and does nothing if the %s is not set', (_, env) => {
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
])('the image reference %s is split into values of the chart', (image, values) => {
  expect(imageValues(image)).toEqual(values);
});

test('each leaf of the values becomes an argument, so that Helm merges them', () => {
  const values = { config: { log: { level: 'debug' } }, nodeSelector: { 'kubernetes.io/arch': null }, hosts: ['a'] };
  const set = setArguments(values).filter((argument) => argument !== '--set-json');
  expect(set).toEqual(['config.log.level="debug"', 'nodeSelector.kubernetes\\.io/arch=null', 'hosts=["a"]']);
});

test.each([
  ['none', {}, true],
  ['1 %, shed', { '503 overloaded': 10 }, true],
  ['more, shed', { '503 overloaded': 11 }, false],
  ['1 %, one of them without a response', { '503 overloaded': 9, ECONNRESET: 1 }, false],
  ['1 %, rejected for another reason', { '503 flag_store_unavailable': 10 }, false],
])('of 1,000 requests 1 %% may be shed: %s', (_, reasons, holds) => {
  const failed = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  const counts = { requests: 1_000, failed, slowestMs: 1, failingMs: 1, reasons, failedAt: [] };
  const check = () => mustOnlyShed(counts, 0.01);
  if (holds) expect(check).not.toThrow();
  else expect(check).toThrow(`1000 requests, ${failed} failed within 1 ms`);
});

test('reach: no response, a status and other errors are distinguished', async () => {
  const servers = [0, 0].map((port) => createServer((_, response) => response.writeHead(204).end()).listen(port));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [open, closed] = servers.map((server) => (server.address() as AddressInfo).port);
  servers[1]?.close();
  const urls = [`http://127.0.0.1:${open}`, `http://127.0.0.1:${closed}`, `https://127.0.0.1:${open}`];
  const printed = await run(reachScript(urls));
  servers[0]?.close();
  expect(printed).toMatch(/^204 no-response ERR_SSL\w+\n$/);
});

test('reach: a URL that must respond is retried until it does', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (requests < 3) request.socket.destroy();
    else response.end();
  }).listen(0);
  await once(server, 'listening');
  const printed = await run(reachScript([], [`http://127.0.0.1:${(server.address() as AddressInfo).port}`]));
  server.close();
  expect([printed, requests]).toEqual(['200\n', 3]);
});

test('a failed pod ends the wait at once with its log, and is deleted', async () => {
  const commands: string[] = [];
  const kubectl = async (args: readonly string[]): Promise<string> => {
    commands.push(args.slice(0, 2).join(' '));
    return args[0] === 'logs' ? 'TypeError: fetch failed\n' : '';
  };
  const phases = ['Pending', 'Running', 'Failed', 'never read'];
  const lineOf: Cluster['lineOf'] = async (_, matches) => phases.find(matches) ?? '';
  const cluster = { kubectl, lineOf } as Partial<Cluster> as Cluster;
  await expect(completedPod(cluster, 'reach')).rejects.toThrow('pod reach failed: TypeError: fetch failed');
  expect(commands).toEqual(['logs reach', 'delete pod']);
});

test('a pod that does not end is reported with its log, and is deleted', async () => {
  const commands: string[] = [];
  const kubectl = async (args: readonly string[]): Promise<string> => {
    commands.push(args.slice(0, 2).join(' '));
    return args[0] === 'logs' ? 'still sending\n' : '';
  };
  const lineOf: Cluster['lineOf'] = () => Promise.reject(new Error('no matching line, the last one was: Running'));
  const cluster = { kubectl, lineOf } as Partial<Cluster> as Cluster;
  await expect(completedPod(cluster, 'load')).rejects.toThrow(/^pod load has not ended: .*Running: still sending$/);
  expect(commands).toEqual(['logs load', 'delete pod']);
});

test('a load whose pod fails at the start rejects at once with its log', async () => {
  const kubectl = async (args: readonly string[]): Promise<string> =>
    args[0] === 'logs' ? 'missing argument: URL' : '';
  const lineOf: Cluster['lineOf'] = async (_, matches) => ['', 'Pending', 'Failed'].find(matches) ?? '';
  const cluster = { image: 'skiff', kubectl, lineOf } as Partial<Cluster> as Cluster;
  const load = startLoad(cluster, { urls: [], concurrency: 1, pauseMs: 0 });
  await expect(load).rejects.toThrow('pod load failed: missing argument: URL');
});

async function run(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return stdout;
}
