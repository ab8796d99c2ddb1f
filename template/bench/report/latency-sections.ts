import { type LatencySummary, summarizeLatency } from '../latency-summary.ts';
import { LATENCY_SHARES, MAX_STALLED_SHARE } from '../measure/latency.ts';
import type { Results } from '../results.ts';
import { markdownTable } from './markdown-table.ts';
import { figure, percent, range, rowColumn, section } from './section.ts';

export function latencySections(results: Results): string[] {
  const { latency } = results;
  if (!latency) return [];
  const summaries = summarizeLatency(latency.samples);
  const table = markdownTable<LatencySummary>(
    [
      rowColumn(results),
      figure('of capacity', ({ share }) => percent(share)),
      figure('requests/s', ({ rate }) => `${rate}`),
      figure('rounds that count', ({ counted, rounds }) => `${counted} of ${rounds}`),
      figure('client stalled', ({ stalledShare }) => percent(stalledShare, 1)),
      figure('responses', ({ figures }) => (figures ? percent(figures.served, 1) : '–')),
      figure('p50 ms', ({ figures }) => figures?.p50Ms.toFixed(2) ?? '–'),
      figure('p99 ms', ({ figures }) => figures?.p99Ms.toFixed(2) ?? '–'),
      figure('p99 ms of bare', ({ figures }) => figures?.bareP99Ms.toFixed(2) ?? '–'),
      figure('p99 ÷ bare, in pairs', ({ figures }) => (figures ? range(figures.p99Paired) : '–')),
      figure('p99 ms without stalls', ({ p99WithoutStallsMs }) => p99WithoutStallsMs.toFixed(2)),
      figure('÷ bare, in pairs', ({ p99WithoutStallsPaired }) => range(p99WithoutStallsPaired)),
    ],
    summaries,
  );
  const rule =
    `A round counts only if the client stalled for less than ${percent(MAX_STALLED_SHARE, 1)} of the time. The columns ` +
    '“client stalled” and “without stalls” include all rounds. A p99 without stalls leaves out the time in which the client ' +
    'stalled and is a lower bound.\n';
  return [
    section(
      `Latency at ${LATENCY_SHARES.map((share) => percent(share)).join(' and ')} of the capacity`,
      `${rule}\n${table}`,
    ),
    busySection(results, summaries),
  ];
}

function busySection(results: Results, summaries: readonly LatencySummary[]): string {
  const table = markdownTable<LatencySummary>(
    [
      rowColumn(results),
      figure('of capacity', ({ share }) => percent(share)),
      figure('CPU µs/request', ({ figures }) => figures?.cpuUs.toFixed(1) ?? '–'),
      figure('of bare, as busy', ({ figures }) => figures?.busyCpuUs.toFixed(1) ?? '–'),
      figure('p99 ms', ({ figures }) => figures?.p99Ms.toFixed(2) ?? '–'),
      figure('p99 ms of bare, as busy', ({ figures }) => figures?.busyP99Ms.toFixed(2) ?? '–'),
      figure('p99 ÷ bare, as busy, in pairs', ({ figures }) => (figures ? range(figures.p99BusyPaired) : '–')),
    ],
    summaries,
  );
  const explanation =
    'Of the rounds that count. This bare Fastify also computes for each request, until a request takes as much CPU time as one of ' +
    'the row. It does nothing else, so what its p99 is above that of bare Fastify comes from the CPU time alone.\n';
  return section('Latency compared with bare Fastify that is as busy', `${explanation}\n${table}`);
}

export function spanSections(results: Results): string[] {
  const atHalf = results.latency?.spans ?? [];
  const atFull = results.throughput?.spans ?? [];
  const unknown = 'not reported';
  const sections: string[] = [];
  if (atHalf.length > 0) {
    sections.push(
      section(
        'Spans at half of the capacity',
        markdownTable<(typeof atHalf)[number]>(
          [
            rowColumn(results),
            figure('requests × sampling', ({ expected }) => expected.toFixed(0)),
            figure('arrived', ({ received }) => `${received}`),
            figure('dropped, by its own metric', ({ dropped }) => `${dropped ?? unknown}`),
          ],
          atHalf,
        ),
      ),
    );
  }
  if (atFull.length > 0) {
    sections.push(
      section(
        'Spans at full load',
        markdownTable<(typeof atFull)[number]>(
          [
            rowColumn(results),
            figure('generation', ({ generation }) => `${generation}`),
            figure('arrived', ({ received }) => `${received}`),
            figure('dropped, by its own metric', ({ dropped }) => `${dropped ?? unknown}`),
          ],
          atFull,
        ),
      ),
    );
  }
  return sections;
}
