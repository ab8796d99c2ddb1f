import { expect, onTestFinished, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { startItemsService } from '../support/items-service.ts';
import { tcpTo } from './load/connect.ts';
import { openConnection } from './load/connection.ts';
import { mixedClient, type Outcomes } from './load/mixed-client.ts';
import { get } from './load/requests.ts';
import { measure, type ResourceUsage } from './measure.ts';

const SECONDS = amount('SOAK_SECONDS', { short: 60, long: 600 });
const CLIENTS = 50;
const MAX_PAUSE_MS = 80;
const IDLE = 20;
/** Time of load before the measurement, in which the runtime fills its pools and compiles the code. */
const WARM_UP_SECONDS = Math.min(120, SECONDS / 2);
const MARGIN = 0.05;
/** Keeps idle connections open for the whole run. */
const PATIENT = {
  SKIFF_HTTP_KEEP_ALIVE_TIMEOUT: '2h',
  SKIFF_HTTP_HEADERS_TIMEOUT: '3h',
  SKIFF_HTTP_REQUEST_TIMEOUT: '3h',
};

test(
  `${SECONDS} s of load with errors, aborts and reconnects leak no resources`,
  async () => {
    const service = await startItemsService({ env: PATIENT, measured: true, keepLine: ({ msg }) => msg !== 'request' });
    onTestFinished(() => void service.child.kill('SIGKILL'));
    const connect = tcpTo(service.url);
    const idle = Array.from({ length: IDLE }, () => openConnection(connect));
    await Promise.all(idle.map((connection) => connection.request(get('/v1/items').bytes)));

    async function load(seconds: number): Promise<Outcomes> {
      const outcomes: Outcomes = new Map();
      const until = performance.now() + seconds * 1000;
      const isOver = () => performance.now() > until;
      await Promise.all(Array.from({ length: CLIENTS }, () => mixedClient(connect, MAX_PAUSE_MS, outcomes, isOver)));
      await expect.poll(async () => (await measure(service)).sockets, { timeout: 10_000 }).toBe(IDLE);
      return outcomes;
    }

    await load(WARM_UP_SECONDS);
    const before = await measure(service);
    const outcomes = await load(SECONDS - WARM_UP_SECONDS);
    const after = await measure(service);
    const counts = Object.fromEntries([...outcomes].sort());
    process.stdout.write(`${JSON.stringify({ seconds: SECONDS, outcomes: counts, before, after })}\n`);

    for (const key of ['heapUsed', 'rss', 'handles', 'sockets'] satisfies (keyof ResourceUsage)[]) {
      expect(after[key] / before[key], `${key}: ratio of after to before`).toBeLessThan(1 + MARGIN);
    }
    expect(outcomes.get('aborted')).toBeGreaterThan(SECONDS);
    expect(outcomes.get('lost'), 'lost requests that the client did not abort').toBeUndefined();
    expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    for (const connection of idle) connection.close();
    service.kill('SIGTERM');
    expect(await service.exit).toMatchObject({ code: 0, stderr: '' });
  },
  (SECONDS + 60) * 1000,
);
