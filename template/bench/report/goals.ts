import { LOADS } from '../load/load.ts';
import { SCRAPE_LINES } from '../measure/scrape.ts';
import type { Results } from '../results.ts';
import { CONVENTIONAL, EVERY_SPAN, HEADLINE, UNTRACED } from '../rows.ts';
import { summarizeLatency, summarizeStart, summarizeThroughput } from '../summary.ts';

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
  const p99 = summarizeLatency(results.latency?.samples ?? []).find(({ row }) => row === HEADLINE)?.p99Paired.median;
  const loss = results.latency?.spans.find(({ row }) => row === EVERY_SPAN);
  const start = (row: string) =>
    results.start && summarizeStart(results.start).find((summary) => summary.row === row)?.ratio;
  const memory = results.memory?.find(({ row }) => row === HEADLINE);
  const stalls = results.scrape?.map(({ stallMs }) => stallMs.median) ?? [];

  return [
    atLeast(0.6, 'capacity ÷ bare Fastify, everything on, sampling 0.1', capacity(HEADLINE)),
    atLeast(6, 'capacity ÷ the conventional stack', capacity(HEADLINE, CONVENTIONAL)),
    atLeast(0.48, 'capacity ÷ bare Fastify, sampling 1.0', capacity(EVERY_SPAN)),
    atLeast(0.65, 'capacity ÷ bare Fastify, tracing off', capacity(UNTRACED)),
    atLeast(
      0.99,
      'spans that arrive at half of the capacity, sampling 1.0',
      loss ? [loss.received / loss.expected] : [],
    ),
    atMost(1.3, 'p99 at half of the capacity ÷ bare Fastify', optional(p99)),
    atMost(1.1, 'start ÷ bare Fastify, tracing off', optional(start(UNTRACED))),
    atMost(1.25, 'start ÷ bare Fastify, tracing on', optional(start(HEADLINE))),
    atMost(90, 'resident memory idle, MiB', optional(memory?.idle), 0),
    atMost(120, 'resident memory after 50 connections, MiB', optional(memory?.after50), 0),
    atMost(170, 'resident memory after 500 connections, MiB', optional(memory?.after500), 0),
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
