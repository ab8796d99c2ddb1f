import { get as getPlain } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { duration } from '../../pkg/config/quantities.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import { adminUrl } from '../config/admin-url.ts';
import type { ConfigInput } from '../config/layers.ts';

/** Below the limit that the image gives a check, so that the reason is printed. */
const TIME_LIMIT_MS = 2_000;

/** Between two attempts. */
const RETRY_INTERVAL_MS = 250;

const USAGE = 'usage: healthcheck [--retry-for <duration>] [url]';

export interface HealthcheckInput extends Omit<ConfigInput, 'set'> {
  /**
   * Optionally a URL to ask instead of the service's own liveness, such as `http://skiff/healthz`, and `--retry-for 15s`
   * to repeat a failed check for that long. Without it there is one attempt: whatever runs a health check repeats it.
   */
  readonly argv: readonly string[];
}

/**
 * Asks a service whether it lives: by default the one on this machine that has the same configuration.
 *
 * @returns the exit code: 0 when the response is 200, else 1, with the reason of the last attempt on standard error; 64
 *   for a command line that cannot be parsed.
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
    return status === 200 ? undefined : `${url} answered ${status}`;
  } catch (error) {
    return `${url}: ${describeError(error)}`;
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  // Loaded only where it is needed: TLS is a third of the cost of a check. The certificate is not verified, as the
  // kubelet does not: it is made for the service's name, and nothing is sent that would have to be kept secret.
  const get = url.startsWith('https:') ? (await import('node:https')).get : getPlain;
  return new Promise((resolve, reject) => {
    const options = { agent: false, rejectUnauthorized: false, signal: AbortSignal.timeout(TIME_LIMIT_MS) };
    get(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
