export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The value below which the given share of the values lies, linear between neighbours. `share` is 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('no values');
  return below + (above - below) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Other load on the machine only ever adds: a low quantile is what the process costs when left alone. */
export function quiet(values: readonly number[]): number {
  return quantile(values, 0.2);
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: quantile(values, 0), median: median(values), max: quantile(values, 1) };
}
