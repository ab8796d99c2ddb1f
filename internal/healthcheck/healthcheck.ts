import { get as getPlain } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { duration } from '../../pkg/config/quantities.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import { adminUrl } from '../config/admin-url.ts';
import type { ConfigInput } from '../config/layers.ts';

/** Shorter than the timeout of the image's HEALTHCHECK, so that the reason is printed before the check is killed. */
const TIME_LIMIT_MS = 2_000;

const RETRY_INTERVAL_MS = 250;

const USAGE = 'usage: healthcheck [--retry-for <duration>] [url]';

export interface HealthcheckInput extends Omit<ConfigInput, 'set'> {
  /**
   * Optional: a URL to request instead of this service's liveness, such as `http://skiff/healthz`, and `--retry-for 15s`
   * to retry a failed check for that long. The default is a single attempt, since orchestrators repeat health checks.
   */
  readonly argv: readonly string[];
}

/**
 * Checks whether a service is healthy: by default the one on this machine that has the same configuration.
 *
 * @returns the exit code: 0 if the response is 200; 1 otherwise, with the reason for the last failure on standard error;
 *   64 if the command line is invalid.
 */
export async function healthcheck({ argv, ...input }: HealthcheckInput): Promise<number> {
  const command = parseCommand(argv);
  if (command === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 64;
  }
  const url = command.url ?? `${adminUrl({ ...input, set: [] })}/healthz`;
  const deadline = performance.now() + command.retryForMs;
  for (;;) {
    const problem = await problemOf(url);
    if (problem === undefined) return 0;
    if (performance.now() + RETRY_INTERVAL_MS > deadline) {
      process.stderr.write(`${problem}\n`);
      return 1;
    }
    await delay(RETRY_INTERVAL_MS);
  }
}

function parseCommand(argv: readonly string[]): { url: string | undefined; retryForMs: number } | undefined {
  try {
    const options = { 'retry-for': { type: 'string', default: '0s' } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const retryForMs = duration().fromText(values['retry-for']);
    if (retryForMs === undefined || positionals.length > 1) return undefined;
    return { url: positionals[0], retryForMs };
  } catch {
    return undefined;
  }
}

async function problemOf(url: string): Promise<string | undefined> {
  try {
    const status = await statusOf(url);
    return status === 200 ? undefined : `${url} returned ${status}`;
  } catch (error) {
    return `${url}: ${describeError(error)}`;
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  // TLS is loaded only when needed: it is a third of the cost of a check. Like the kubelet, this does not verify the
  // certificate: it was issued for the service's name, and the request contains nothing secret.
  const get = url.startsWith('https:') ? (await import('node:https')).get : getPlain;
  return new Promise((resolve, reject) => {
    const options = { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(TIME_LIMIT_MS) };
    get(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
