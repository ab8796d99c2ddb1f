/** A stretch of time, in milliseconds on the clock of `performance.now()`. */
export interface Interval {
  fromMs: number;
  toMs: number;
}

/**
 * Returns the length of each interval without the stalls within it. For a latency, this is a lower bound: the server may
 * have responded at any time during a stall of the client, which only sees the response afterwards.
 *
 * @param stalls in the order of time, without overlaps.
 */
export function lengthsWithoutStalls(intervals: readonly Interval[], stalls: readonly Interval[]): number[] {
  const stalledUntil = stalledTimes(stalls);
  return intervals.map(({ fromMs, toMs }) => toMs - fromMs - (stalledUntil(toMs) - stalledUntil(fromMs)));
}

/** Returns a function that returns how long all stalls together have lasted at a time. */
function stalledTimes(stalls: readonly Interval[]): (atMs: number) => number {
  let total = 0;
  const before = stalls.map(({ fromMs, toMs }) => {
    const sum = total;
    total += toMs - fromMs;
    return sum;
  });
  return (atMs) => {
    let low = 0;
    let high = stalls.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((stalls[middle]?.fromMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    const last = stalls[low - 1];
    return last === undefined ? 0 : (before[low - 1] ?? 0) + Math.min(atMs, last.toMs) - last.fromMs;
  };
}
