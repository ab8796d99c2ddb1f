import type { LoadResult } from './load.ts';

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Parses the output of `wrk --latency`. */
export function parseWrk(output: string): LoadResult {
  const find = (pattern: RegExp): string[] => {
    const match = pattern.exec(output);
    if (match === null) throw new Error(`the output of wrk does not match ${pattern}:\n${output}`);
    return match.slice(1);
  };
  // wrk prints 0.00us if, after its correction for coordinated omission, a percentile has no value.
  const percentile = (percent: number): number | undefined => {
    const [value, unit = ''] = find(new RegExp(`^\\s+${percent}%\\s+([\\d.]+)([a-z]+) *$`, 'm'));
    return Number(value) === 0 ? undefined : Number(value) * (UNIT_MS[unit] ?? Number.NaN);
  };
  const socketErrors = /connect (\d+), read (\d+), write (\d+)/.exec(output)?.slice(1) ?? [];
  const errorResponses = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.slice(1) ?? [];
  return {
    requests: Number(find(/^\s*(\d+) requests in /m)[0]),
    rps: Number(find(/^Requests\/sec:\s+([\d.]+)$/m)[0]),
    p50Ms: percentile(50),
    p99Ms: percentile(99),
    failures: [...socketErrors, ...errorResponses].reduce((sum, count) => sum + Number(count), 0),
  };
}
