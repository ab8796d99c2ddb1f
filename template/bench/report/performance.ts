import { LOADS, type LoadName } from '../load/load.ts';
import type { Conditions, Results } from '../results.ts';
import { HEADLINE, IMAGE_FLAGS } from '../rows.ts';
import { costOf, type StartSummary, summarizeStart, summarizeThroughput, type ThroughputSummary } from '../summary.ts';
import { goalsOf } from './goals.ts';
import { latencySections, spanSections } from './latency-sections.ts';
import { type Column, markdownTable } from './markdown-table.ts';
import { routeSections, scalingSections } from './route-sections.ts';
import { figure, range, rowColumn, section } from './section.ts';

const LOAD_TITLES: Readonly<Record<LoadName, string>> = {
  plain: '50 connections, each waiting for its response',
  pipelined: '50 connections, ten requests in each write',
};

/** Formats the figures of a run as Markdown, without a first-level heading. */
export function performanceMarkdown(results: Results): string {
  const { conditions, leftOut } = results;
  return [
    section(
      'Conditions',
      [...conditionLines(conditions), ...leftOut.map((row) => `left out: ${row}`)]
        .map((line) => `- ${line}\n`)
        .join(''),
    ),
    section('Goals', goalTable(results)),
    ...capacitySections(results),
    ...featureSections(results),
    ...routeSections(results),
    ...latencySections(results),
    ...(results.start ? [startSection(results, summarizeStart(results.start))] : []),
    ...memorySections(results),
    ...scalingSections(results),
    ...scrapeSections(results),
    ...spanSections(results),
  ].join('\n');
}

function conditionLines({ date, node, machine, cores, generator, nodeFlags, built, ...run }: Conditions): string[] {
  return [
    `${date.slice(0, 10)}, Node ${node}, ${machine}`,
    `load average ${run.loadAverage.map((load) => load.toFixed(1)).join(' before the run and ')} after it`,
    `${cores}; load by ${generator}`,
    `${run.generations} generations of processes, ${run.rounds} rounds each, turns of ${run.seconds} s`,
    `this service runs from ${built ? 'its production build' : 'its sources (there is no dist/)'}, with the Node flags of its image: ${[...IMAGE_FLAGS, ...nodeFlags].join(' ')}`,
  ];
}

function goalTable(results: Results): string {
  return markdownTable(
    [
      { title: 'goal', cell: ({ what }) => what },
      { title: 'target', align: 'right', cell: ({ goal }) => goal },
      { title: `measured (${LOADS.join(' / ')})`, align: 'right', cell: ({ measured }) => measured },
      { title: 'met', cell: ({ met }) => (met === undefined ? '–' : met ? 'yes' : '**no**') },
    ],
    goalsOf(results),
  );
}

function capacitySections(results: Results): string[] {
  const { throughput } = results;
  if (!throughput) return [];
  const features = new Set(results.rows.filter(({ group }) => group === 'feature').map(({ name }) => name));
  return LOADS.map((load) =>
    section(
      `Capacity: ${LOAD_TITLES[load]}`,
      markdownTable<ThroughputSummary>(
        [
          rowColumn(results),
          figure('turns', ({ turns }) => `${turns}`),
          figure('CPU µs/request, quiet', ({ cpuQuietUs }) => cpuQuietUs.toFixed(1)),
          figure('median', ({ cpuMedianUs }) => cpuMedianUs.toFixed(1)),
          figure('capacity ÷ bare', ({ capacity }) => capacity.toFixed(2)),
          figure('in pairs', ({ capacityPaired }) => range(capacityPaired)),
          figure('requests/s', ({ rpsMedian }) => rpsMedian.toFixed(0)),
          figure('÷ bare, in pairs', ({ rpsPaired }) => range(rpsPaired)),
          figure('p50 ms', ({ p50Ms }) => p50Ms?.toFixed(2) ?? '–'),
          figure('p99 ms', ({ p99Ms }) => p99Ms?.toFixed(2) ?? '–'),
        ],
        summarizeThroughput(throughput.samples, load).filter(({ row }) => !features.has(row)),
      ),
    ),
  );
}

/** The cost of a feature is what the headline row saves without it. */
function featureSections(results: Results): string[] {
  const features = results.rows.filter(({ group }) => group === 'feature');
  const samples = results.throughput?.samples ?? [];
  if (features.length === 0 || !samples.some(({ row }) => row === HEADLINE)) return [];
  const cost = (load: LoadName) =>
    figure<(typeof features)[number]>(`µs/request, ${load}`, ({ name }) =>
      range(costOf(name, HEADLINE, samples, load), 1),
    );
  const columns: Column<(typeof features)[number]>[] = [
    { title: 'feature', cell: ({ title }) => title },
    ...LOADS.map(cost),
  ];
  return [section('Cost of each feature, in pairs', markdownTable(columns, features))];
}

function startSection(results: Results, summaries: readonly StartSummary[]): string {
  return section(
    'Start: CPU time from exec to the first 200 on /readyz',
    markdownTable<StartSummary>(
      [
        rowColumn(results),
        figure('starts', ({ starts }) => `${starts}`),
        figure('CPU ms', ({ ms }) => range(ms, 0)),
        figure('÷ bare, in pairs', ({ ratio }) => ratio.toFixed(2)),
        figure('÷ bundled bare, in pairs', ({ bundledRatio }) => bundledRatio?.toFixed(2) ?? '–'),
      ],
      summaries,
    ),
  );
}

function memorySections(results: Results): string[] {
  const { memory } = results;
  if (!memory) return [];
  return [
    section(
      'Resident memory, MiB',
      markdownTable<(typeof memory)[number]>(
        [
          rowColumn(results),
          figure('idle', ({ idle }) => idle.toFixed(0)),
          figure('after load of 50 connections', ({ after50 }) => after50.toFixed(0)),
          figure('then of 500', ({ after500 }) => after500.toFixed(0)),
        ],
        memory,
      ),
    ),
  ];
}

function scrapeSections({ scrape }: Results): string[] {
  if (!scrape) return [];
  const { stalls, size } = scrape;
  return [
    section(
      'Event-loop stall of a scrape',
      markdownTable<(typeof stalls)[number]>(
        [
          { title: 'metric', cell: ({ name }) => name },
          figure('lines', ({ lines }) => `${lines}`),
          figure('ms', ({ stallMs }) => range(stallMs, 1)),
        ],
        stalls,
      ),
    ),
    section(
      'Size of a scrape',
      markdownTable<typeof size>(
        [
          figure('routes, each with one status', ({ routes }) => `${routes}`),
          figure('MB', ({ bytes }) => (bytes / 1e6).toFixed(2)),
          figure('MB, gzip', ({ gzipBytes }) => (gzipBytes / 1e6).toFixed(3)),
        ],
        [size],
      ),
    ),
  ];
}
