export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** Returns the value below which the share (0 to 1) of the values lies, interpolated linearly between neighbours. */
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

/** Returns a low quantile. Other load on the machine only increases costs, so this estimates the cost on a quiet machine. */
export function quiet(values: readonly number[]): number {
  return quantile(values, 0.2);
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: quantile(values, 0), median: median(values), max: quantile(values, 1) };
}
