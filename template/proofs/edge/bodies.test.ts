import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Service, startService } from '../../../test/support/service.ts';
import { amount } from '../../support/amount.ts';
import { metric } from '../../support/metric.ts';
import { imageEnvironment } from '../image-environment.ts';
import { openFileLimit } from '../load/file-limit.ts';
import { quantile } from '../load/http-load.ts';
import { createMemoryCgroup, mayMakeMemoryCgroups } from './memory-cgroup.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MiB = 1_048_576;
/** The memory limit of the chart. */
const LIMIT = 256 * MiB;
const CONNECTIONS = 2000;
/** The 6 s when long. */
const PAUSE_MS = amount('BODIES_PAUSE_SECONDS', { short: 1, long: 6 }) * 1000;
const BODY_BYTES = MiB - 1;
const BODY = Buffer.alloc(BODY_BYTES, ' ');

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/main.ts')], { cwd: ROOT });
}, 60_000);

const lacking = mayMakeMemoryCgroups()
  ? openFileLimit() < CONNECTIONS + 500 && `ulimit -n is ${openFileLimit()}`
  : 'memory control groups cannot be created here';
const attackTest = lacking ? test.skip : test;
const because = lacking ? ` [skipped: ${lacking}]` : '';

const JSON_HEAD = 'Host: x\r\nContent-Type: application/json\r\n';
const SIZED = `${JSON_HEAD}Content-Length: ${BODY_BYTES}\r\n\r\n`;
const CHUNKED = `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const oneByteChunks = Buffer.from('1\r\n \r\n'.repeat(100_000));
const oneChunk = Buffer.concat([Buffer.from(`${BODY_BYTES.toString(16)}\r\n`), BODY, Buffer.from('\r\n')]);

interface Attack {
  listener: 'url' | 'adminUrl';
  head: string;
  body: Buffer;
  connections?: number;
}

const ATTACKS: Record<string, Attack> = {
  'an unknown path': { listener: 'url', head: `POST /nope HTTP/1.1\r\n${SIZED}`, body: BODY },
  'a wrong method': { listener: 'url', head: `POST /version HTTP/1.1\r\n${SIZED}`, body: BODY },
  'a route that takes them': { listener: 'url', head: `PUT /v1/flags/a HTTP/1.1\r\n${SIZED}`, body: BODY },
  'a route, in chunks': { listener: 'url', head: `PUT /v1/flags/a HTTP/1.1\r\n${CHUNKED}`, body: oneChunk },
  'a route, in chunks of a byte': {
    listener: 'url',
    head: `PUT /v1/flags/a HTTP/1.1\r\n${CHUNKED}`,
    body: oneByteChunks,
    // It is their number that costs, as it is with small requests.
    connections: 100,
  },
  'a route that reads no body': { listener: 'url', head: `GET /version HTTP/1.1\r\n${SIZED}`, body: BODY },
  'an unknown path of the admin listener': {
    listener: 'adminUrl',
    head: `POST /nope HTTP/1.1\r\n${SIZED}`,
    body: BODY,
  },
  'a route of the admin listener': {
    listener: 'adminUrl',
    head: `PUT /loglevel HTTP/1.1\r\n${JSON_HEAD}Content-Length: 4096\r\n\r\n`,
    body: BODY.subarray(0, 4095),
  },
  'a probe of the admin listener': { listener: 'adminUrl', head: `GET /healthz HTTP/1.1\r\n${SIZED}`, body: BODY },
};

attackTest.each(Object.keys(ATTACKS))(
  `thousands of connections that send large bodies to %s leave a process of 256 MiB alive and its probes served${because}`,
  { timeout: 120_000 },
  async (name) => {
    const attack = ATTACKS[name];
    if (!attack) throw new Error(`no attack ${name}`);
    const cgroup = createMemoryCgroup(LIMIT);
    const service = await startService({
      program: 'dist/cmd/server/main.js',
      launcher: cgroup.launcher,
      env: { ...imageEnvironment(), SKIFF_RATE_LIMIT_MAX: '0', SKIFF_LOG_ACCESS: 'none' },
    });
    onTestFinished(async () => {
      service.kill('SIGKILL');
      await service.exit;
      cgroup.remove();
    });
    const over = new AbortController();
    const probes = probe(service, over.signal);
    const answered = await run(service, attack);
    over.abort();
    const probeMs = (await probes).sort((a, b) => a - b);
    const rss = await metric(service, 'process_resident_memory_bytes');
    const figures = JSON.stringify({
      name,
      answered: Object.fromEntries(answered),
      rssMiB: Math.round(rss / MiB),
      peakMiB: Math.round(cgroup.peakBytes / MiB),
      probes: probeMs.length,
      probeMs: [0.5, 0.95, 1].map((p) => Math.round(quantile(probeMs, p))),
    });
    process.stdout.write(`${figures}\n`);
    expect(cgroup.kills, figures).toBe(0);
    expect(rss, figures).toBeLessThan(LIMIT);
    expect(probeMs.length, figures).toBeGreaterThan(5);
    // The kubelet gives up after three probes in a row that take two seconds.
    expect(quantile(probeMs, 0.9), figures).toBeLessThan(2000);
    expect((await fetch(`${service.url}/version`)).status).toBe(200);
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  },
);

/** Sends all headers, after a pause all bodies, and counts the responses by their status until everything is closed. */
async function run(
  service: Service,
  { listener, head, body, connections = CONNECTIONS }: Attack,
): Promise<Map<string, number>> {
  const { hostname, port } = new URL(service[listener]);
  const answered = new Map<string, number>();
  const sockets: Socket[] = [];
  for (let opened = 0; opened < connections; opened += 100) {
    const batch = Array.from({ length: 100 }, () => connect({ host: hostname, port: Number(port) }));
    await Promise.all(
      batch.map(async (socket) => {
        let first = true;
        socket.on('error', () => {});
        socket.on('data', (chunk) => {
          if (!first) return;
          first = false;
          const status = chunk.toString('latin1').slice(9, 12);
          answered.set(status, (answered.get(status) ?? 0) + 1);
        });
        socket.setTimeout(20_000, () => socket.destroy());
        await once(socket, 'connect');
        socket.write(head);
      }),
    );
    sockets.push(...batch);
  }
  await sleep(PAUSE_MS);
  const closed = sockets.map((socket) => (socket.destroyed ? undefined : once(socket, 'close').catch(() => {})));
  for (const socket of sockets) if (socket.writable) socket.write(body);
  await Promise.race([Promise.all(closed), sleep(15_000)]);
  for (const socket of sockets) socket.destroy();
  return answered;
}

/** Probes as the kubelet does, each on a connection of its own, and returns how long they took in milliseconds. */
async function probe({ adminUrl }: Service, signal: AbortSignal): Promise<number[]> {
  const took: number[] = [];
  while (!signal.aborted) {
    const startedAt = performance.now();
    const response = await fetch(`${adminUrl}/healthz`, { headers: { connection: 'close' } });
    expect(response.status).toBe(200);
    await response.text();
    took.push(performance.now() - startedAt);
    await sleep(100);
  }
  return took;
}
