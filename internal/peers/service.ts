import { Value } from 'typebox/value';
import { isConsulError } from '../../pkg/consul/errors.ts';
import { isHttpClientError } from '../../pkg/httpclient/errors.ts';
import type { HttpClient } from '../../pkg/httpclient/http-client.ts';
import { type Instance, originOf, type Resolver } from '../../pkg/httpclient/targets.ts';
import { mapOutage, type Outage } from '../../pkg/httpserver/problem/problem.ts';
import { type Peer, type Peers, type PeerVersion, peerVersionSchema } from './model.ts';

export interface PeerServiceDependencies {
  /** The version of this instance. */
  self: PeerVersion;
  /** How other instances are found and queried. If undefined, only this instance is listed. */
  discovery: { readonly resolver: Resolver; readonly client: HttpClient } | undefined;
}

export interface PeerService {
  /**
   * Requests the version of every passing instance, including this one. Takes at most {@link TOTAL_MS}, even if some
   * instances do not respond.
   *
   * @throws ProblemError 503 if Consul has been unavailable since the start, so that the instances are unknown.
   */
  list(options: { requestId: string; signal: AbortSignal }): Promise<Peers>;
}

/** Number of instances queried concurrently. */
const CONCURRENCY = 32;

/** Time limits for one instance and for all of them, shorter than `http.handlerTimeout`. */
const EACH_MS = 1_000;
const TOTAL_MS = 4_000;

export function createPeerService({ self, discovery }: PeerServiceDependencies): PeerService {
  if (discovery === undefined) {
    return { list: async () => ({ items: [{ id: 'self', version: self }], complete: true }) };
  }
  const { resolver, client } = discovery;

  async function query(instance: Instance, requestId: string, signal: AbortSignal): Promise<Peer> {
    const { id } = instance;
    const url = originOf(instance);
    try {
      const options = { target: self.name, timeoutMs: EACH_MS, requestId, signal };
      const { status, body } = await client.request(`${url}/version`, options);
      const version = status === 200 ? versionIn(body) : undefined;
      return { id, url, ...(version === undefined ? { error: 'unexpected_answer' } : { version }) };
    } catch (error) {
      if (!isHttpClientError(error)) throw error;
      return { id, url, error: ERRORS[error.code] };
    }
  }

  return {
    async list({ requestId, signal: requestSignal }) {
      const signal = AbortSignal.any([requestSignal, AbortSignal.timeout(TOTAL_MS)]);
      const instances = await mapOutage(() => resolver.resolve(self.name, { signal }), CONSUL_OUTAGE);
      const sorted = instances.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const items = await inParallel(sorted, CONCURRENCY, (instance) => query(instance, requestId, signal));
      return { items, complete: items.every(({ error }) => error === undefined) };
    },
  };
}

const CONSUL_OUTAGE: Outage = {
  isOutage: (error) => isConsulError(error),
  code: 'consul_unavailable',
  detail: 'Consul is unavailable, so the instances of this service are unknown. Try again later.',
  retryAfterSeconds: 5,
};

const ERRORS = {
  HTTP_CLIENT_TIMEOUT: 'timeout',
  HTTP_CLIENT_CONNECTION: 'unreachable',
  HTTP_CLIENT_UNAVAILABLE: 'unreachable',
  HTTP_CLIENT_TOO_LARGE: 'unexpected_answer',
} as const;

function versionIn(body: Buffer): PeerVersion | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return Value.Check(peerVersionSchema, parsed) ? parsed : undefined;
  } catch {
    // Not JSON: something else listens at that address.
    return undefined;
  }
}

/** Runs `work` for every item, at most `limit` at a time. The results are in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const remaining = items.entries();
  async function worker(): Promise<void> {
    for (const [index, item] of remaining) results[index] = await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
