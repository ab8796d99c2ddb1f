import type { RouteSample } from './measure/routes.ts';
import type { TokensSample } from './measure/tokens.ts';
import type { RouteName } from './route-rows.ts';
import { median, quiet, type Spread, spreadOf } from './statistics.ts';

export interface RouteSummary {
  route: RouteName;
  row: string;
  title: string;
  turns: number;
  cpuQuietUs: number;
  /** 1 / CPU time per request, relative to the row's reference: from the 20th percentiles, and from pairs of turns. */
  capacity: number;
  capacityPaired: Spread;
  rpsMedian: number;
}

/** Summarizes the samples by route and row, and compares each row with its own reference. */
export function summarizeRoutes(samples: readonly RouteSample[]): RouteSummary[] {
  return [...Map.groupBy(samples, ({ route, row }) => `${route} ${row}`).values()].flatMap((turns) => {
    const [first] = turns;
    if (first === undefined) return [];
    const { route, row, title, reference } = first;
    const references = samples.filter((sample) => sample.route === route && sample.row === reference);
    const referenceUs = new Map(references.map(({ round, cpuUs }) => [round, cpuUs]));
    const cpuQuietUs = quiet(turns.map(({ cpuUs }) => cpuUs));
    return {
      route,
      row,
      title,
      turns: turns.length,
      cpuQuietUs,
      capacity: quiet(references.map(({ cpuUs }) => cpuUs)) / cpuQuietUs,
      capacityPaired: spreadOf(turns.map(({ round, cpuUs }) => (referenceUs.get(round) ?? Number.NaN) / cpuUs)),
      rpsMedian: median(turns.map(({ rps }) => rps)),
    };
  });
}

export interface TokensSummary {
  oneUs: Spread;
  manyUs: Spread;
  /** Many tokens divided by one, within each round. */
  ratio: Spread;
}

export function summarizeTokens(samples: readonly TokensSample[]): TokensSummary {
  return {
    oneUs: spreadOf(samples.map(({ oneUs }) => oneUs)),
    manyUs: spreadOf(samples.map(({ manyUs }) => manyUs)),
    ratio: spreadOf(samples.map(({ oneUs, manyUs }) => manyUs / oneUs)),
  };
}
