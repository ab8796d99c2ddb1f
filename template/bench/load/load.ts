import type { HttpRequest } from './request.ts';

/** `plain` waits for each response; `pipelined` sends ten requests in one write. */
export const LOADS = ['plain', 'pipelined'] as const;
export type LoadName = (typeof LOADS)[number];

export const PIPELINED_REQUESTS = 10;

export interface LoadOptions {
  url: string;
  load: LoadName;
  connections: number;
  seconds: number;
  /** Requests to the origin of the URL, sent in turn. Only for the plain load. Default: GET of the URL. */
  requests?: readonly HttpRequest[];
}

export interface LoadResult {
  requests: number;
  /** Requests per second. */
  rps: number;
  /** Percentiles are undefined if the generator could not determine them. */
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  /** Responses other than 2xx, and failed connections. Time-outs at the end of a run do not count. */
  failures: number;
}

export interface LoadGenerator {
  readonly name: string;
  /** @throws Error if there were failures, because the figures would then not measure the route. */
  run(options: LoadOptions): Promise<LoadResult>;
}

export function assertNoFailures({ url, load, connections }: LoadOptions, { failures, requests }: LoadResult): void {
  if (failures > 0) {
    throw new Error(`${failures} of ${requests} requests failed: ${load} load, ${connections} connections, ${url}`);
  }
}
