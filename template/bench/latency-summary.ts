import { counts, type LatencySample, stalledShareOf } from './measure/latency.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

export interface LatencySummary {
  row: string;
  /** Share of the row's capacity. */
  share: number;
  rate: number;
  /** Rounds that were measured, and those in which the client stalled so little that they count. */
  rounds: number;
  counted: number;
  /** Median over all rounds of the share of the time in which the client stalled. */
  stalledShare: number;
  /** Of all rounds: the p99 without the client's stalls, and divided by that of bare Fastify. */
  p99WithoutStallsMs: number;
  p99WithoutStallsPaired: Spread;
  /** Of the rounds that count. Undefined if there are none. */
  figures: LatencyFigures | undefined;
}

export interface LatencyFigures {
  /** Responses per second relative to requests per second. */
  served: number;
  p50Ms: number;
  p99Ms: number;
  bareP99Ms: number;
  p99Paired: Spread;
  /** CPU time per request in microseconds: of the row, and of bare Fastify as busy as the row. */
  cpuUs: number;
  busyCpuUs: number;
  busyP99Ms: number;
  /** The p99 divided by that of bare Fastify as busy as the row. */
  p99BusyPaired: Spread;
}

/** Summarizes the rounds by row and share of the capacity. */
export function summarizeLatency(samples: readonly LatencySample[]): LatencySummary[] {
  return [...Map.groupBy(samples, ({ row, share }) => `${row} ${share}`).values()].flatMap((rounds) => {
    const [first] = rounds;
    if (first === undefined) return [];
    const { row, share, rate } = first;
    const counted = rounds.filter(counts);
    return {
      row,
      share,
      rate,
      rounds: rounds.length,
      counted: counted.length,
      stalledShare: median(rounds.map(stalledShareOf)),
      p99WithoutStallsMs: median(rounds.map(({ own }) => own.p99WithoutStallsMs)),
      p99WithoutStallsPaired: spreadOf(rounds.map(({ own, bare }) => own.p99WithoutStallsMs / bare.p99WithoutStallsMs)),
      figures: counted.length === 0 ? undefined : figuresOf(counted, rate),
    };
  });
}

function figuresOf(rounds: readonly LatencySample[], rate: number): LatencyFigures {
  return {
    served: median(rounds.map(({ own }) => own.rps)) / rate,
    p50Ms: median(rounds.map(({ own }) => own.p50Ms)),
    p99Ms: median(rounds.map(({ own }) => own.p99Ms)),
    bareP99Ms: median(rounds.map(({ bare }) => bare.p99Ms)),
    p99Paired: spreadOf(rounds.map(({ own, bare }) => own.p99Ms / bare.p99Ms)),
    cpuUs: median(rounds.map(({ own }) => own.cpuUs)),
    busyCpuUs: median(rounds.map(({ busy }) => busy.cpuUs)),
    busyP99Ms: median(rounds.map(({ busy }) => busy.p99Ms)),
    p99BusyPaired: spreadOf(rounds.map(({ own, busy }) => own.p99Ms / busy.p99Ms)),
  };
}
