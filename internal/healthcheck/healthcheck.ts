import { get as getPlain } from 'node:http';
import { describeError } from '../../pkg/errors/describe-error.ts';
import { adminUrl } from '../config/admin-url.ts';
import type { ConfigInput } from '../config/layers.ts';

/** Below the limit that the image gives a check, so that the reason is printed. */
const TIME_LIMIT_MS = 2_000;

export interface HealthcheckInput extends Omit<ConfigInput, 'set'> {
  /** Optionally a URL to ask instead of the service's own liveness, such as `http://skiff/healthz`. */
  readonly argv: readonly string[];
}

/**
 * Asks a service whether it lives: by default the one on this machine that has the same configuration.
 *
 * @returns the exit code: 0 when the answer is 200, else 1, with the reason on standard error.
 */
export async function healthcheck({ argv, ...input }: HealthcheckInput): Promise<number> {
  const url = argv[0] ?? `${adminUrl({ ...input, set: [] })}/healthz`;
  try {
    const status = await statusOf(url);
    if (status === 200) return 0;
    process.stderr.write(`${url} answered ${status}\n`);
  } catch (error) {
    process.stderr.write(`${url}: ${describeError(error)}\n`);
  }
  return 1;
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
