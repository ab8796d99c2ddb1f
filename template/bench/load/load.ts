/** `plain` waits for each answer; `pipelined` sends ten requests in one write. */
export const LOADS = ['plain', 'pipelined'] as const;
export type LoadName = (typeof LOADS)[number];

export const PIPELINED_REQUESTS = 10;

export interface LoadOptions {
  url: string;
  load: LoadName;
  connections: number;
  seconds: number;
}

export interface LoadResult {
  requests: number;
  /** Requests per second. */
  rps: number;
  /** Percentiles are undefined when the generator could not tell them. */
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  /** Answers other than 2xx, and connections that failed. Time-outs at the end of a run are none. */
  failures: number;
}

export interface LoadGenerator {
  readonly name: string;
  /** @throws Error when there were failures: what is then measured is not the route. */
  run(options: LoadOptions): Promise<LoadResult>;
}

export function assertNoFailures({ url, load, connections }: LoadOptions, { failures, requests }: LoadResult): void {
  if (failures > 0) {
    throw new Error(`${failures} of ${requests} requests failed: ${load} load, ${connections} connections, ${url}`);
  }
}
