import type { LoadResult } from './load.ts';

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads what `wrk --latency` prints. */
export function parseWrk(output: string): LoadResult {
  const find = (pattern: RegExp): string[] => {
    const match = pattern.exec(output);
    if (match === null) throw new Error(`wrk did not print ${pattern}:\n${output}`);
    return match.slice(1);
  };
  // After its correction for coordinated omission wrk prints 0.00us when it finds no value at a percentile.
  const percentile = (percent: number): number | undefined => {
    const [value, unit = ''] = find(new RegExp(`^\\s+${percent}%\\s+([\\d.]+)([a-z]+) *$`, 'm'));
    return Number(value) === 0 ? undefined : Number(value) * (UNIT_MS[unit] ?? Number.NaN);
  };
  const socketErrors = /connect (\d+), read (\d+), write (\d+)/.exec(output)?.slice(1) ?? [];
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.slice(1) ?? [];
  return {
    requests: Number(find(/^\s*(\d+) requests in /m)[0]),
    rps: Number(find(/^Requests\/sec:\s+([\d.]+)$/m)[0]),
    p50Ms: percentile(50),
    p99Ms: percentile(99),
    failures: [...socketErrors, ...refused].reduce((sum, count) => sum + Number(count), 0),
  };
}
