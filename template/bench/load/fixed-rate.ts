import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type GoProgram, pathOf } from '../go-program.ts';

/**
 * The client that measures latency (`fixed-rate-go/main.go`). In Node.js it would take most of a core, and its own garbage
 * would delay it. wrk cannot send at a fixed rate; autocannon can, but only estimates the delay of requests that it sent
 * late.
 */
export const FIXED_RATE: GoProgram = { sources: 'fixed-rate-go', name: 'fixed-rate' };

export interface FixedRateOptions {
  /** `http`, with an IPv4 address as its host. */
  url: string;
  /** Requests per second, evenly spaced, regardless of outstanding responses. */
  rate: number;
  seconds: number;
  connections: number;
}

export interface FixedRateResult {
  requests: number;
  /** Responses per second. Lower than `rate` if the server cannot keep up. */
  rps: number;
  /** From when a request was due, not from when it was sent. */
  p50Ms: number;
  p99Ms: number;
  /** The p99 of the latencies without the client's stalls within them: a lower bound of the server's. */
  p99WithoutStallsMs: number;
  failures: number;
  /** Share of the time (0 to 1) in which the client itself stalled, for more than 2 ms each time, and its longest stall. */
  stalledShare: number;
  longestStallMs: number;
}

/**
 * Runs the program, which must have been built.
 *
 * @param prefix a command that runs it, such as `taskset -c 1`.
 * @throws Error if it cannot connect, or the server closes a connection.
 */
export async function runFixedRate(
  { url, rate, seconds, connections }: FixedRateOptions,
  prefix: readonly string[] = [],
): Promise<FixedRateResult> {
  const options = [`-url=${url}`, `-rate=${rate}`, `-seconds=${seconds}`, `-connections=${connections}`];
  const [command = '', ...args] = [...prefix, pathOf(FIXED_RATE), ...options];
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout);
}
