import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type Service, startService } from '../../test/support/service.ts';
import { LONG } from '../support/long.ts';
import { load, probe, quantile } from './load/http-load.ts';

const PROGRAM = fileURLToPath(new URL('testdata/burner.ts', import.meta.url));
const OVERLOAD = { eventLoopDelayMs: 50, heapUsedRatio: 0.95, rssRatio: 0.95 };

let running: Service | undefined;

afterEach(async () => {
  running?.kill('SIGKILL');
  await running?.exit;
});

async function start(options: object): Promise<Service> {
  running = await startService({ program: PROGRAM, args: [JSON.stringify(options)] });
  return running;
}

async function residentMiB(service: Service): Promise<number> {
  const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1]) / 1024 ** 2;
}

/*
 * Goals at five times the maximum load: probes respond within 100 ms, the service still serves 80 % of its throughput at
 * saturation, its memory is bounded, and it recovers within 2 s. The asserted limits are wider, and a failed run is repeated
 * up to twice, because client and server share the machine's cores with other processes. Without load shedding the limits
 * would not hold: probes would take seconds. LONG=1 overloads the service for half a minute and prints the figures.
 */
test.each([
  ['/work', 'done while the request is read'],
  ['/work-later', 'done later'],
])(
  'at five times its capacity, %s (work %s) is still served, probes respond, and the service recovers',
  {
    retry: 2,
    timeout: LONG ? 300_000 : 30_000,
  },
  async (path) => {
    const service = await start({ overload: OVERLOAD, maxConcurrent: 1000 });
    const url = service.url + path;
    const saturationSeconds = LONG ? 10 : 1;
    const seconds = LONG ? 30 : 2.5;
    await load({ url, seconds: 0.3, connections: 2 });
    const saturated = await load({ url, seconds: saturationSeconds, connections: 3 });
    const capacity = (saturated.responses.get(200) ?? 0) / saturationSeconds;
    const before = await residentMiB(service);

    const over = new AbortController();
    const probes = Promise.all([service.adminUrl, service.url].map((base) => probe(`${base}/healthz`, over.signal)));
    const result = await load({ url, seconds, connections: 400, rate: 5 * capacity });
    over.abort();
    const served = (result.responses.get(200) ?? 0) / seconds / capacity;
    const grown = (await residentMiB(service)) - before;
    const startedAt = performance.now();
    for (let inARow = 0; inARow < 10; ) inARow = (await fetch(url)).status === 200 ? inARow + 1 : 0;
    const recoveredMs = performance.now() - startedAt;

    const [admin = [], open = []] = await probes;
    const quantiles = (times: readonly number[]) => [0.5, 0.95, 1].map((p) => Math.round(quantile(times, p)));
    const figures = JSON.stringify({
      path,
      capacity,
      served,
      held: result.held,
      grownMiB: grown,
      recoveredMs,
      adminProbeMs: quantiles(admin),
      publicProbeMs: quantiles(open),
    });
    if (LONG) process.stdout.write(`${figures}\n`);

    expect(result.held, figures).toBeLessThan(0.25 * result.sent);
    expect([...result.responses.keys()].sort()).toEqual([200, 503]);
    expect(served, figures).toBeGreaterThan(LONG ? 0.8 : 0.6);
    for (const times of [admin, open]) {
      expect(quantile(times, 0.5), figures).toBeLessThan(100);
      expect(quantile(times, 0.95), figures).toBeLessThan(500);
    }
    expect(grown, figures).toBeLessThan(100);
    expect(recoveredMs, figures).toBeLessThan(2000);
  },
);
