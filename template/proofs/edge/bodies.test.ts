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
import { canCreateMemoryCgroups, createMemoryCgroup } from './memory-cgroup.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MiB = 1_048_576;
/** The chart's memory limit. */
const LIMIT = 256 * MiB;
const CONNECTIONS = 2000;
/** Pause between headers and bodies. */
const PAUSE_MS = amount('BODIES_PAUSE_SECONDS', { short: 1, long: 6 }) * 1000;
const BODY_BYTES = MiB - 1;
const BODY = Buffer.alloc(BODY_BYTES, ' ');

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/main.ts')], { cwd: ROOT });
}, 60_000);

const skipReason = canCreateMemoryCgroups()
  ? openFileLimit() < CONNECTIONS + 500 && `ulimit -n is ${openFileLimit()}`
  : 'memory control groups cannot be created here';
const attackTest = skipReason ? test.skip : test;
const suffix = skipReason ? ` [skipped: ${skipReason}]` : '';

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
  'a route that accepts a body': { listener: 'url', head: `PUT /v1/flags/a HTTP/1.1\r\n${SIZED}`, body: BODY },
  'a route, in chunks': { listener: 'url', head: `PUT /v1/flags/a HTTP/1.1\r\n${CHUNKED}`, body: oneChunk },
  'a route, in one-byte chunks': {
    listener: 'url',
    head: `PUT /v1/flags/a HTTP/1.1\r\n${CHUNKED}`,
    body: oneByteChunks,
    // Fewer connections, because the cost depends on the number of chunks.
    connections: 100,
  },
  'a route without a body': { listener: 'url', head: `GET /version HTTP/1.1\r\n${SIZED}`, body: BODY },
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
  `a process limited to 256 MiB survives thousands of large bodies sent to %s, and responds to probes${suffix}`,
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
    const responses = await run(service, attack);
    over.abort();
    const probeMs = (await probes).sort((a, b) => a - b);
    const rss = await metric(service, 'process_resident_memory_bytes');
    const figures = JSON.stringify({
      name,
      responses: Object.fromEntries(responses),
      rssMiB: Math.round(rss / MiB),
      peakMiB: Math.round(cgroup.peakBytes / MiB),
      probes: probeMs.length,
      probeMs: [0.5, 0.95, 1].map((p) => Math.round(quantile(probeMs, p))),
    });
    process.stdout.write(`${figures}\n`);
    expect(cgroup.kills, figures).toBe(0);
    expect(rss, figures).toBeLessThan(LIMIT);
    expect(probeMs.length, figures).toBeGreaterThan(5);
    // The kubelet restarts a container after three consecutive probes that take longer than two seconds. It sends one every ten
    // seconds, so a shorter pause fails one at most. Of few probes, a share says nothing.
    const slow = probeMs.filter((ms) => ms >= 2000);
    expect(slow.length, figures).toBeLessThanOrEqual(Math.max(1, 0.1 * probeMs.length));
    expect(quantile(probeMs, 1), figures).toBeLessThan(10_000);
    expect((await fetch(`${service.url}/version`)).status).toBe(200);
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  },
);

/** Sends all headers and, after a pause, all bodies. Returns the number of responses by status once all connections are closed. */
async function run(
  service: Service,
  { listener, head, body, connections = CONNECTIONS }: Attack,
): Promise<Map<string, number>> {
  const { hostname, port } = new URL(service[listener]);
  const responses = new Map<string, number>();
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
          responses.set(status, (responses.get(status) ?? 0) + 1);
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
  return responses;
}

/** Sends probes as the kubelet does, each on a new connection, and returns their durations in milliseconds. */
async function probe({ adminUrl }: Service, signal: AbortSignal): Promise<number[]> {
  const durations: number[] = [];
  while (!signal.aborted) {
    const startedAt = performance.now();
    const response = await fetch(`${adminUrl}/healthz`, { headers: { connection: 'close' } });
    expect(response.status).toBe(200);
    await response.text();
    durations.push(performance.now() - startedAt);
    await sleep(100);
  }
  return durations;
}
