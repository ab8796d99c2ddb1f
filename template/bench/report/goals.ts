import { summarizeLatency } from '../latency-summary.ts';
import { LOADS } from '../load/load.ts';
import { LIST_ITEMS } from '../measure/list.ts';
import { SCRAPE_LINES, SCRAPE_ROUTES } from '../measure/scrape.ts';
import { TOKENS } from '../measure/tokens.ts';
import type { Results } from '../results.ts';
import { FLAGS_SERVICE } from '../route-rows.ts';
import { summarizeRoutes, summarizeTokens } from '../route-summary.ts';
import { CONVENTIONAL, EVERY_SPAN, HEADLINE, UNTRACED } from '../rows.ts';
import { summarizeStart, summarizeThroughput } from '../summary.ts';

/** Fewer rounds that count are not a measurement. */
export const LATENCY_ROUNDS = 5;

export interface Goal {
  what: string;
  goal: string;
  /** `not measured` if the run did not include the row or part. */
  measured: string;
  met: boolean | undefined;
}

/** Compares the performance goals of the service with the results of a run. */
export function goalsOf(results: Results): Goal[] {
  const capacity = (row: string, other?: string): number[] =>
    LOADS.flatMap((load) => {
      const summaries = summarizeThroughput(results.throughput?.samples ?? [], load);
      const of = (name: string): number | undefined => summaries.find((summary) => summary.row === name)?.capacity;
      const [ours, theirs] = [of(row), other === undefined ? 1 : of(other)];
      return ours === undefined || theirs === undefined ? [] : [ours / theirs];
    });
  const half = summarizeLatency(results.latency?.samples ?? []).find(
    ({ row, share, rounds }) => row === HEADLINE && share === 0.5 && rounds >= LATENCY_ROUNDS,
  );
  const counted = half && half.counted >= LATENCY_ROUNDS ? half.figures : undefined;
  const put = summarizeRoutes(results.routes ?? []).find(
    ({ row, route }) => row === FLAGS_SERVICE && route === 'PUT a flag',
  );
  const loss = results.latency?.spans.find(({ row }) => row === EVERY_SPAN);
  const start = (row: string) =>
    results.start && summarizeStart(results.start).find((summary) => summary.row === row)?.ratio;
  const memory = results.memory?.find(({ row }) => row === HEADLINE);
  const tokens = results.tokens && summarizeTokens(results.tokens).ratio.median;
  const { scrape } = results;
  const stalls = scrape?.stalls.map(({ stallMs }) => stallMs.median) ?? [];

  return [
    atLeast(0.62, 'capacity ÷ bare Fastify, as shipped, sampling 0.1', capacity(HEADLINE)),
    atLeast(6, 'capacity ÷ the conventional stack', capacity(HEADLINE, CONVENTIONAL)),
    atLeast(0.52, 'capacity ÷ bare Fastify, sampling 1.0', capacity(EVERY_SPAN)),
    atLeast(0.65, 'capacity ÷ bare Fastify, tracing off', capacity(UNTRACED)),
    atLeast(0.6, 'PUT of a flag: capacity ÷ bare Fastify with the same schema', optional(put?.capacity)),
    atLeast(
      0.99,
      'spans that arrive at half of the capacity, sampling 1.0',
      loss ? [loss.received / loss.expected] : [],
    ),
    atMost(
      1.5,
      `p99 at half of the capacity ÷ bare Fastify, median of ${LATENCY_ROUNDS}`,
      optional(counted?.p99Paired.median),
    ),
    atMost(1.5, "the same without the client's stalls", optional(half?.p99WithoutStallsPaired.median)),
    atMost(1.5, 'p99 at half of the capacity ÷ bare Fastify that is as busy', optional(counted?.p99BusyPaired.median)),
    atMost(1.1, 'start ÷ bare Fastify, tracing off', optional(start(UNTRACED))),
    atMost(1.25, 'start ÷ bare Fastify, tracing on', optional(start(HEADLINE))),
    atMost(80, 'resident memory idle, MiB', optional(memory?.idle), 0),
    atMost(115, 'resident memory after 50 connections, MiB', optional(memory?.after50), 0),
    atMost(135, 'resident memory after 500 connections, MiB', optional(memory?.after500), 0),
    atMost(1.3, `${TOKENS} tokens ÷ one: CPU time per request`, optional(tokens)),
    atMost(1.5, `last page ÷ first page of ${LIST_ITEMS} items: CPU time`, optional(results.list?.ratio.median)),
    atMost(0.6, `scrape of ${SCRAPE_ROUTES} routes, MB`, optional(scrape && scrape.size.bytes / 1e6)),
    atMost(25, `event-loop stall of a scrape of ${SCRAPE_LINES} lines, ms`, stalls, 1),
  ];
}

function optional(value: number | undefined): number[] {
  return value === undefined ? [] : [value];
}

/** If there are several values, one per load or kind, each of them has to meet the goal. */
function atLeast(goal: number, what: string, values: readonly number[]): Goal {
  return evaluate(what, `≥ ${goal}`, values, 2, (value) => value >= goal);
}

function atMost(goal: number, what: string, values: readonly number[], digits = 2): Goal {
  return evaluate(what, `≤ ${goal}`, values, digits, (value) => value <= goal);
}

function evaluate(
  what: string,
  goal: string,
  values: readonly number[],
  digits: number,
  isMet: (value: number) => boolean,
): Goal {
  const measured = values.map((value) => value.toFixed(digits)).join(' / ') || 'not measured';
  return { what, goal, measured, met: values.length === 0 ? undefined : values.every(isMet) };
}
