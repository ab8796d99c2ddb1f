import { expect, onTestFinished, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { startItemsService } from '../support/items-service.ts';
import { tcpTo } from './load/connect.ts';
import { openConnection } from './load/connection.ts';
import { type Deeds, mixedClient } from './load/mixed-client.ts';
import { get } from './load/requests.ts';
import { type Holdings, measure } from './measure.ts';

const SECONDS = amount('SOAK_SECONDS', { short: 60, long: 600 });
const CLIENTS = 50;
const MAX_PAUSE_MS = 80;
const IDLE = 20;
/** The same load before it counts, until the runtime has its pools and its compiled code. */
const WARM_UP_SECONDS = Math.min(120, SECONDS / 2);
const MARGIN = 0.05;
/** So that idle connections stay as many as they were. */
const PATIENT = {
  SKIFF_HTTP_KEEP_ALIVE_TIMEOUT: '2h',
  SKIFF_HTTP_HEADERS_TIMEOUT: '3h',
  SKIFF_HTTP_REQUEST_TIMEOUT: '3h',
};

test(
  `${SECONDS} s of load with errors, aborts and reconnects leave nothing behind`,
  async () => {
    const service = await startItemsService({ env: PATIENT, measured: true, keepLine: ({ msg }) => msg !== 'request' });
    onTestFinished(() => void service.child.kill('SIGKILL'));
    const connect = tcpTo(service.url);
    const idle = Array.from({ length: IDLE }, () => openConnection(connect));
    await Promise.all(idle.map((connection) => connection.ask(get('/v1/items').bytes)));

    async function load(seconds: number): Promise<Deeds> {
      const deeds: Deeds = new Map();
      const until = performance.now() + seconds * 1000;
      const isOver = () => performance.now() > until;
      await Promise.all(Array.from({ length: CLIENTS }, () => mixedClient(connect, MAX_PAUSE_MS, deeds, isOver)));
      await expect.poll(async () => (await measure(service)).sockets, { timeout: 10_000 }).toBe(IDLE);
      return deeds;
    }

    await load(WARM_UP_SECONDS);
    const before = await measure(service);
    const deeds = await load(SECONDS - WARM_UP_SECONDS);
    const after = await measure(service);
    const counts = Object.fromEntries([...deeds].sort());
    process.stdout.write(`${JSON.stringify({ seconds: SECONDS, deeds: counts, before, after })}\n`);

    for (const key of ['heapUsed', 'rss', 'handles', 'sockets'] satisfies (keyof Holdings)[]) {
      expect(after[key] / before[key], `${key} after and before`).toBeLessThan(1 + MARGIN);
    }
    expect(deeds.get('aborted')).toBeGreaterThan(SECONDS);
    expect(deeds.get('lost'), 'requests lost that the client did not abort').toBeUndefined();
    expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    for (const connection of idle) connection.close();
    service.kill('SIGTERM');
    expect(await service.exit).toMatchObject({ code: 0, stderr: '' });
  },
  (SECONDS + 60) * 1000,
);
