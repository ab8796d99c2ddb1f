/** Prints how long a scrape blocks the event loop. The argument is the approximate number of lines. */
import { createMetrics, type Metrics } from '../../../pkg/metrics/metrics.ts';
import type { ScrapeResult } from '../measure/scrape.ts';
import { spreadOf } from '../statistics.ts';

const LINES = Number(process.argv[2]);
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

async function measure(name: string, fill: (metrics: Metrics, series: number) => void): Promise<ScrapeResult> {
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

console.log(JSON.stringify([await measure('duration histogram', durations), await measure('counter', counters)]));
