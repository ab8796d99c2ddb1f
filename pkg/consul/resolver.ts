import type { Metrics } from '../metrics/metrics.ts';
import { type BlockingQueryOptions, followBlockingQuery } from './blocking-query.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { type Instance, passingInstances } from './health-api.ts';
import { inOrder, type Preference } from './preference.ts';

export interface ResolverOptions {
  /** Default for calls without a preference. Default: `nearest`. */
  preference?: Preference;
  /** How long a query waits for a change, in milliseconds. Default: 10,000. */
  waitMs?: number;
}

export interface ResolverDependencies {
  client: ConsulClient;
  logger: ConsulLogger;
  /** For `consul_resolver_age_seconds`. */
  metrics: Metrics;
}

export interface ResolveOptions {
  /** Only instances with this tag. */
  tag?: string | undefined;
  preference?: Preference | undefined;
  /** Stops waiting for the first list. */
  signal?: AbortSignal | undefined;
}

export interface Resolver {
  /**
   * Returns the healthy instances of a service, the preferred one first. The first call for a service waits for Consul,
   * at most 2 s. From then on, the list is kept up to date in the background and returned immediately. While Consul is
   * unavailable, the last list stays in use.
   *
   * @throws ConsulError when there is no list yet and Consul does not respond.
   */
  resolve(service: string, options?: ResolveOptions): Promise<Instance[]>;
  /** Returns the services that were resolved so far, with their latest lists of instances. */
  services(): ReadonlyMap<string, readonly Instance[]>;
  /** Stops following. */
  close(): Promise<void>;
}

/** The state of one service. */
interface Followed {
  instances: readonly Instance[] | undefined;
  updatedAt: number;
  /** Why there is no list yet. */
  failure: { error: unknown } | undefined;
  /** Resolves with the first list or failure. */
  readonly first: Promise<void>;
  turn: number;
}

/** Follows each requested service with one blocking query. */
export function createResolver(
  { preference: defaultPreference = 'nearest', waitMs = 10_000 }: ResolverOptions,
  { client, logger, metrics }: ResolverDependencies,
): Resolver {
  const services = new Map<string, Followed>();
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const age = metrics.gauge({
    name: 'consul_resolver_age_seconds',
    help: 'Time since Consul last confirmed the list of instances; below the query wait time while Consul responds',
    labelNames: ['target'],
    collect() {
      for (const [target, { instances, updatedAt }] of services) {
        if (instances !== undefined) age.set({ target }, (performance.now() - updatedAt) / 1000);
      }
      return undefined;
    },
  });

  function follow(service: string): Followed {
    const { promise: first, resolve: settle } = Promise.withResolvers<void>();
    const followed: Followed = { instances: undefined, updatedAt: 0, failure: undefined, first, turn: 0 };
    services.set(service, followed);
    const failures = createFailureLog(`discovery of ${service}`, logger);
    const query: BlockingQueryOptions<Instance[]> = {
      waitMs,
      async query(call) {
        const result = await passingInstances(client, service, call);
        followed.updatedAt = performance.now();
        failures.recovered();
        return result;
      },
      onValue(instances) {
        followed.instances = instances;
        settle();
      },
      onError(error) {
        failures.failed(error);
        followed.failure = { error };
        settle();
      },
    };
    running.push(followBlockingQuery(query, stopping.signal));
    return followed;
  }

  return {
    async resolve(service, { tag, preference = defaultPreference, signal } = {}) {
      stopping.signal.throwIfAborted();
      const followed = services.get(service) ?? follow(service);
      if (followed.instances === undefined && followed.failure === undefined)
        await untilSettled(followed.first, signal);
      const { instances, failure, turn } = followed;
      if (instances === undefined) throw failure?.error ?? new Error('the resolver is closed');
      followed.turn += 1;
      const matching = tag === undefined ? instances : instances.filter(({ tags }) => tags.includes(tag));
      return inOrder(matching, { preference, turn });
    },
    services: () => new Map([...services].map(([name, { instances }]) => [name, instances ?? []])),
    async close() {
      stopping.abort(new Error('the resolver is closed'));
      await Promise.all(running);
    },
  };
}

/** Waits for the promise. Rejects with the signal's reason if the signal aborts first. */
async function untilSettled(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
