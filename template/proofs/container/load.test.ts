import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { amount } from '../../support/amount.ts';
import { keepAlive, type Load, onePerConnection, pipelining } from '../load/clients.ts';
import { tcpTo } from '../load/connect.ts';
import { probeUntilClosed } from '../load/probe.ts';
import { get } from '../load/requests.ts';
import { createUpstream, type Upstream } from '../load/upstream.ts';
import { startContainer } from './container.ts';

const SECONDS = amount('CONTAINER_SECONDS', { short: 60, long: 600 });
const MiB = 1_048_576;

/** What the service counts of itself: its resident memory. */
async function residentBytes(adminUrl: string): Promise<number> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const [, value] = /^process_resident_memory_bytes (\S+)$/m.exec(metrics) ?? [];
  return Number(value);
}

test(
  `${SECONDS} s of load at its limits of CPU and memory cost it nothing`,
  async () => {
    const container = await startContainer('--env=SKIFF_RATE_LIMIT_MAX=0');
    onTestFinished(() => container.remove());
    const idle = await residentBytes(container.adminUrl);
    const upstream = createUpstream(tcpTo(container.url));
    const until = performance.now() + SECONDS * 1000;
    const load: Load = {
      pick: () => upstream,
      get running() {
        return performance.now() < until;
      },
    };
    // Without a pause: they take all the time that the container is given.
    await Promise.all([
      ...times(40, () => keepAlive(load, 'busy', get('/openapi.json'))),
      ...times(5, () => onePerConnection(load, 'new connection', get('/version'))),
      ...times(5, () => pipelining(load, 'pipelining', get('/version'), 4)),
    ]);

    const after = await residentBytes(container.adminUrl);
    const { Running, OOMKilled, Health } = await container.inspect();
    const shed = upstream.failures.filter((failure) => failure.includes(': 503 instead of 200'));
    const residentMiB = { idle: Math.round(idle / MiB), after: Math.round(after / MiB) };
    const { succeeded } = upstream;
    process.stdout.write(`${JSON.stringify({ seconds: SECONDS, succeeded, shed: shed.length, residentMiB })}\n`);
    expect({ Running, OOMKilled, health: Health.Status }).toEqual({
      Running: true,
      OOMKilled: false,
      health: 'healthy',
    });
    expect(succeeded).toBeGreaterThan(SECONDS * 50);
    // Too much at once is refused, and said so; nothing is lost.
    expect(upstream.failures.length).toBe(shed.length);
    expect(await container.stop()).toMatchObject({ ExitCode: 0, OOMKilled: false });
  },
  (SECONDS + 60) * 1000,
);

test('stopped under load, with another instance to go to, it loses nothing', async () => {
  const drainDelayMs = 2_000;
  // Half a core held up by its quota would shed some of the load, which is another matter.
  const options = [
    '--env=SKIFF_RATE_LIMIT_MAX=0',
    '--env=SKIFF_OVERLOAD_EVENT_LOOP_DELAY=0s',
    `--env=SKIFF_LIFECYCLE_DRAIN_DELAY=${drainDelayMs}ms`,
  ];
  const stopping = await startContainer(...options);
  onTestFinished(() => stopping.remove());
  const staying = await startContainer(...options);
  onTestFinished(() => staying.remove());

  const stopped = createUpstream(tcpTo(stopping.url));
  const other = createUpstream(tcpTo(staying.url));
  let running = true;
  const load: Load = {
    pick: (): Upstream => (performance.now() - stopped.stoppingSince > drainDelayMs / 2 ? other : stopped),
    get running() {
      return running;
    },
  };
  const clients = times(20, () => keepAlive(load, 'pausing', get('/version'), 200));
  await sleep(1_000);
  stopped.stoppingSince = performance.now();
  stopped.closingSince = stopped.stoppingSince + drainDelayMs;
  const [state] = await Promise.all([stopping.stop(), probeUntilClosed(tcpTo(stopping.adminUrl), '/readyz')]);
  running = false;
  await Promise.all(clients);

  expect(state).toMatchObject({ ExitCode: 0, OOMKilled: false });
  expect(stopped.failures).toEqual([]);
  expect(other.failures).toEqual([]);
  expect(stopped.succeeded).toBeGreaterThan(100);
  expect(other.succeeded).toBeGreaterThan(10);
});

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
