import { expect, test } from 'vitest';
import { LOADS } from '../load/load.ts';
import type { Results } from '../results.ts';
import { capacityPicture } from './capacity-picture.ts';
import { performanceMarkdown } from './performance.ts';

const COSTS = { bare: 10, service: 20, conventional: 100, 'access-none': 17.5 };

const samples = Object.entries(COSTS).flatMap(([row, cpuUs]) =>
  LOADS.map((load) => ({ row, load, generation: 1, round: 1, cpuUs, rps: 1e6 / cpuUs, p50Ms: 1, p99Ms: 2 })),
);
const spread = (median: number) => ({ min: median, median, max: median });

const bare = {
  requests: 500,
  rps: 500,
  p50Ms: 1,
  p99Ms: 2,
  p99WithoutStallsMs: 2,
  failures: 0,
  stalledShare: 0,
  longestStallMs: 0,
  cpuUs: 10,
};
const own = { ...bare, p99Ms: 3, cpuUs: 20 };
const busy = { ...bare, p99Ms: 2.5, cpuUs: 20.4 };
const LATENCY = { row: 'service', share: 0.5, rate: 500, own, bare, busy };
const ROUTE = { reference: 'flags', route: 'PUT a flag', round: 1, rps: 1 } as const;

const results: Results = {
  conditions: {
    loadAverage: [0.5, 1.25],
    date: '2026-11-23T12:00:00.000Z',
    node: '26.10.0',
    machine: 'Linux',
    cores: 'server on core 0',
    generator: 'wrk 4',
    nodeFlags: ['--trace-gc'],
    built: false,
    generations: 1,
    rounds: 1,
    seconds: 1,
  },
  rows: [
    { name: 'bare', title: 'bare Fastify', group: 'headline' },
    { name: 'service', title: 'this service', group: 'headline' },
    { name: 'conventional', title: 'conventional stack', group: 'headline' },
    { name: 'access-none', title: 'access log', group: 'feature' },
  ],
  leftOut: ['no-rate-limit: the service has no setting rateLimit.max'],
  throughput: { samples, spans: [{ row: 'service', generation: 1, received: 7, dropped: null }] },
  latency: {
    samples: [0, 0, 0, 0, 0, 0.2].map((stalledShare, round) => ({
      ...LATENCY,
      round,
      bare: { ...bare, stalledShare },
    })),
    spans: [{ row: 'service-1', expected: 1000, received: 1000, dropped: 0 }],
  },
  start: [
    { row: 'bare', round: 1, ms: 100 },
    { row: 'service', round: 1, ms: 130 },
  ],
  memory: [{ row: 'service', idle: 80, after50: 110, after500: 190 }],
  scrape: {
    stalls: [{ name: 'counter', lines: 10_000, stallMs: spread(12) }],
    size: { routes: 500, bytes: 570_000, gzipBytes: 20_000 },
  },
  routes: [
    { ...ROUTE, row: 'flags', title: 'bare Fastify', cpuUs: 10 },
    { ...ROUTE, row: 'flags-service', title: 'this service', cpuUs: 20 },
  ],
  tokens: [{ round: 1, oneUs: 20, manyUs: 25 }],
  list: { firstUs: spread(2), lastUs: spread(4), ratio: spread(2) },
};

/** Returns the table row that starts with this cell, without the padding of the columns. */
function lineOf(markdown: string, cell: string): string | undefined {
  return markdown
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '))
    .find((line) => line.startsWith(`| ${cell} |`));
}

test('the goals are listed with the measured values and whether they were met, or as not measured', () => {
  const markdown = performanceMarkdown(results);
  const expected = {
    'capacity ÷ bare Fastify, as shipped, sampling 0.1': '≥ 0.62 | 0.50 / 0.50 | **no**',
    'capacity ÷ the conventional stack': '≥ 6 | 5.00 / 5.00 | **no**',
    'capacity ÷ bare Fastify, tracing off': '≥ 0.65 | not measured | –',
    'spans that arrive at half of the capacity, sampling 1.0': '≥ 0.99 | 1.00 | yes',
    'PUT of a flag: capacity ÷ bare Fastify with the same schema': '≥ 0.6 | 0.50 | **no**',
    'p99 at half of the capacity ÷ bare Fastify, median of 5': '≤ 1.5 | 1.50 | yes',
    "the same without the client's stalls": '≤ 1.5 | 1.00 | yes',
    'start ÷ bare Fastify, tracing on': '≤ 1.25 | 1.30 | **no**',
    'resident memory after 500 connections, MiB': '≤ 135 | 190 | **no**',
    '20000 tokens ÷ one: CPU time per request': '≤ 1.3 | 1.25 | yes',
    'last page ÷ first page of 100000 items: CPU time': '≤ 1.5 | 2.00 | **no**',
    'scrape of 500 routes, MB': '≤ 0.6 | 0.57 | yes',
    'event-loop stall of a scrape of 10000 lines, ms': '≤ 25 | 12.0 | yes',
  };
  for (const [what, rest] of Object.entries(expected)) expect(lineOf(markdown, what)).toBe(`| ${what} | ${rest} |`);
});

test('latencies of fewer than five rounds that count do not meet a goal', () => {
  const samples = results.latency?.samples.slice(1) ?? [];
  const markdown = performanceMarkdown({ ...results, latency: { samples, spans: [] } });
  const goal = 'p99 at half of the capacity ÷ bare Fastify, median of 5';
  expect(lineOf(markdown, goal)).toBe(`| ${goal} | ≤ 1.5 | not measured | – |`);
  expect(markdown).toContain('4 of 5');
});

test('the cost of a feature is what the service saves without it, and features are not in the capacity tables', () => {
  const markdown = performanceMarkdown(results);
  expect(markdown.match(/^\| access log/gm)).toHaveLength(1);
  expect(lineOf(markdown, 'access log')).toBe('| access log | 2.5 (2.5–2.5) | 2.5 (2.5–2.5) |');
});

test('the conditions list the Node flags, the kind of build and the omitted rows', () => {
  const markdown = performanceMarkdown(results);
  expect(markdown).toContain('2026-11-23, Node 26.10.0, Linux');
  expect(markdown).toContain('load average 0.5 before the run and 1.3 after it');
  expect(markdown).toContain('its sources (there is no dist/), with the Node flags of its image: --max-old');
  expect(markdown).toContain('--min-semi-space-size=4 --trace-gc');
  expect(markdown).toContain('left out: no-rate-limit: the service has no setting rateLimit.max');
  expect(markdown).toContain('not reported');
});

test('a run of a single part has only the sections of that part', () => {
  const { conditions, rows, leftOut, memory = [] } = results;
  const markdown = performanceMarkdown({ conditions, rows, leftOut, memory });
  expect(markdown.match(/^## .*/gm)).toEqual(['## Conditions', '## Goals', '## Resident memory, MiB']);
});

test('the picture leaves out the feature rows', () => {
  const svg = capacityPicture(results);
  expect(svg).toContain('this service');
  expect(svg).not.toContain('access log');
});
