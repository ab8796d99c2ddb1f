import type { LoadName } from './load/load.ts';
import type { StartSample } from './measure/start.ts';
import type { ThroughputSample } from './measure/throughput.ts';
import { BUNDLED, REFERENCE } from './rows.ts';
import { median, quiet, type Spread, spreadOf } from './statistics.ts';

export interface ThroughputSummary {
  row: string;
  turns: number;
  /** CPU time per request in microseconds: 20th percentile and median over the turns. */
  cpuQuietUs: number;
  cpuMedianUs: number;
  /** 1 / CPU time per request, relative to bare Fastify: from the 20th percentiles, and from pairs of turns. */
  capacity: number;
  capacityPaired: Spread;
  rpsMedian: number;
  rpsPaired: Spread;
  /** Medians. Undefined if one of the turns has no value, because a missing value is not a small one. */
  p50Ms: number | undefined;
  p99Ms: number | undefined;
}

/** Summarizes the samples of one load, with the rows in the order in which they were measured. */
export function summarizeThroughput(samples: readonly ThroughputSample[], load: LoadName): ThroughputSummary[] {
  const ofLoad = samples.filter((sample) => sample.load === load);
  if (ofLoad.length === 0) return [];
  const reference = ofLoad.filter(({ row }) => row === REFERENCE);
  const partner = ({ generation, round }: ThroughputSample): ThroughputSample => {
    const found = reference.find((other) => other.generation === generation && other.round === round);
    if (found === undefined) throw new Error(`no turn of ${REFERENCE} in round ${round} of generation ${generation}`);
    return found;
  };
  const referenceUs = quiet(reference.map(({ cpuUs }) => cpuUs));
  return [...Map.groupBy(ofLoad, ({ row }) => row)].map(([row, turns]) => {
    const cpuQuietUs = quiet(turns.map(({ cpuUs }) => cpuUs));
    return {
      row,
      turns: turns.length,
      cpuQuietUs,
      cpuMedianUs: median(turns.map(({ cpuUs }) => cpuUs)),
      capacity: referenceUs / cpuQuietUs,
      capacityPaired: spreadOf(turns.map((turn) => partner(turn).cpuUs / turn.cpuUs)),
      rpsMedian: median(turns.map(({ rps }) => rps)),
      rpsPaired: spreadOf(turns.map((turn) => turn.rps / partner(turn).rps)),
      p50Ms: medianOfAll(turns.map(({ p50Ms }) => p50Ms)),
      p99Ms: medianOfAll(turns.map(({ p99Ms }) => p99Ms)),
    };
  });
}

function medianOfAll(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? median(known) : undefined;
}

/** Returns the CPU time per request, in microseconds, that `whole` uses more than `without`, from pairs of turns. */
export function costOf(without: string, whole: string, samples: readonly ThroughputSample[], load: LoadName): Spread {
  const turnsOf = (name: string) => samples.filter((sample) => sample.load === load && sample.row === name);
  const wholes = turnsOf(whole);
  return spreadOf(
    turnsOf(without).flatMap(({ generation, round, cpuUs }) =>
      wholes
        .filter((other) => other.generation === generation && other.round === round)
        .map((other) => other.cpuUs - cpuUs),
    ),
  );
}

export interface StartSummary {
  row: string;
  starts: number;
  ms: Spread;
  /** Medians of the ratios to the start of bare Fastify in the same round, and to that of bundled bare Fastify. */
  ratio: number;
  /** Undefined if bundled bare Fastify was not measured. */
  bundledRatio: number | undefined;
}

export function summarizeStart(samples: readonly StartSample[]): StartSummary[] {
  const rows = Map.groupBy(samples, ({ row }) => row);
  const ratioTo = (reference: string, starts: readonly StartSample[]): number | undefined => {
    const others = new Map(rows.get(reference)?.map(({ round, ms }) => [round, ms]));
    const ratios = starts.map(({ round, ms }) => ms / (others.get(round) ?? Number.NaN));
    return others.size === 0 ? undefined : median(ratios);
  };
  return [...rows].map(([row, starts]) => ({
    row,
    starts: starts.length,
    ms: spreadOf(starts.map(({ ms }) => ms)),
    ratio: ratioTo(REFERENCE, starts) ?? Number.NaN,
    bundledRatio: ratioTo(BUNDLED, starts),
  }));
}
