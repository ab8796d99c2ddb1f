/**
 * Prints how long a scrape of about as many lines as the first argument blocks the event loop, and the size of a scrape of
 * as many routes as the second.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createHttpMetrics } from '../../../pkg/httpserver/telemetry/http-metrics.ts';
import { createMetrics, type Metrics } from '../../../pkg/metrics/metrics.ts';
import type { ScrapeResult, ScrapeSize, ScrapeStall } from '../measure/scrape.ts';
import { spreadOf } from '../statistics.ts';

const [LINES = 0, ROUTES = 0] = process.argv.slice(2).map(Number);
const SCRAPES = 15;

function durations(metrics: Metrics, series: number): void {
  const histogram = metrics.durationHistogram({
    name: 'd_seconds',
    help: 'Durations',
    counter: { name: 'd', help: 'All' },
  });
  for (let code = 0; code < series; code++) {
    histogram.row({ method: 'GET', handler: '/v1/flags/{key}', code }).observe(code / series);
  }
}

function counters(metrics: Metrics, series: number): void {
  const counter = metrics.counter({ name: 'c_total', help: 'All', labelNames: ['handler', 'code'] });
  for (let code = 0; code < series; code++) counter.inc({ handler: '/v1/flags/{key}', code });
}

async function stallOf(work: () => Promise<unknown>): Promise<number> {
  let running = true;
  let longest = 0;
  let last = performance.now();
  const turns = new Promise<void>((resolve) => {
    function turn(): void {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (running) setImmediate(turn);
      else resolve();
    }
    setImmediate(turn);
  });
  await work();
  running = false;
  await turns;
  return longest;
}

async function measure(name: string, fill: (metrics: Metrics, series: number) => void): Promise<ScrapeStall> {
  const sample = createMetrics();
  const own = linesOf((await sample.expose()).body);
  fill(sample, 1);
  const linesPerSeries = linesOf((await sample.expose()).body) - own;

  const metrics = createMetrics();
  fill(metrics, Math.ceil(LINES / linesPerSeries));
  const stalls: number[] = [];
  for (let scrape = 0; scrape < SCRAPES; scrape++) stalls.push(await stallOf(() => metrics.expose()));
  return { name, lines: linesOf((await metrics.expose()).body), stallMs: spreadOf(stalls) };
}

const linesOf = (body: string): number =>
  body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

/** Every route has responded with one status. */
async function sizeOfRoutes(): Promise<ScrapeSize> {
  const metrics = createMetrics();
  const { series } = createHttpMetrics(metrics);
  for (let route = 0; route < ROUTES; route++) series('GET', `/v1/items-${route}/{key}`).observe(200, 0.2);
  const { body } = await metrics.expose();
  return { routes: ROUTES, bytes: Buffer.byteLength(body), gzipBytes: (await promisify(gzip)(body)).length };
}

const result: ScrapeResult = {
  stalls: [await measure('duration histogram', durations), await measure('counter', counters)],
  size: await sizeOfRoutes(),
};
console.log(JSON.stringify(result));
