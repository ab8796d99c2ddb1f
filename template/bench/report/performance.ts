import { LOADS, type LoadName } from '../load/load.ts';
import type { Conditions, Results } from '../results.ts';
import { HEADLINE, IMAGE_FLAGS } from '../rows.ts';
import type { Spread } from '../statistics.ts';
import {
  costOf,
  type LatencySummary,
  type StartSummary,
  summarizeLatency,
  summarizeStart,
  summarizeThroughput,
  type ThroughputSummary,
} from '../summary.ts';
import { goalsOf } from './goals.ts';
import { type Column, markdownTable } from './markdown-table.ts';

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
    ...(results.latency ? [latencySection(results, summarizeLatency(results.latency.samples))] : []),
    ...(results.start ? [startSection(results, summarizeStart(results.start))] : []),
    ...memorySections(results),
    ...scrapeSections(results),
    ...spanSections(results),
  ].join('\n');
}

function section(title: string, content: string): string {
  return `## ${title}\n\n${content}`;
}

function conditionLines({ date, node, machine, cores, generator, nodeFlags, built, ...turns }: Conditions): string[] {
  return [
    `${date.slice(0, 10)}, Node ${node}, ${machine}`,
    `${cores}; load by ${generator}`,
    `${turns.generations} generations of processes, ${turns.rounds} rounds each, turns of ${turns.seconds} s`,
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

const figure = <T>(title: string, value: (item: T) => string): Column<T> => ({ title, align: 'right', cell: value });

function rowColumn<T extends { row: string }>({ rows }: Results): Column<T> {
  return { title: 'row', cell: ({ row }) => rows.find(({ name }) => name === row)?.title ?? row };
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

function latencySection(results: Results, summaries: readonly LatencySummary[]): string {
  return section(
    'Latency at half of the capacity',
    markdownTable<LatencySummary>(
      [
        rowColumn(results),
        figure('requests/s', ({ rate }) => `${rate}`),
        figure('responses', ({ served }) => `${(served * 100).toFixed(1)} %`),
        figure('p50 ms', ({ p50Ms }) => p50Ms.toFixed(2)),
        figure('p99 ms', ({ p99Ms }) => p99Ms.toFixed(2)),
        figure('p99 ms of bare', ({ bareP99Ms }) => bareP99Ms.toFixed(2)),
        figure('p99 ÷ bare, in pairs', ({ p99Paired }) => range(p99Paired)),
      ],
      summaries,
    ),
  );
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
  return [
    section(
      'Event-loop stall of a scrape',
      markdownTable<(typeof scrape)[number]>(
        [
          { title: 'metric', cell: ({ name }) => name },
          figure('lines', ({ lines }) => `${lines}`),
          figure('ms', ({ stallMs }) => range(stallMs, 1)),
        ],
        scrape,
      ),
    ),
  ];
}

function spanSections(results: Results): string[] {
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

/** Formats the median and the extremes, such as `0.52 (0.49–0.55)`. */
function range({ min, median, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
