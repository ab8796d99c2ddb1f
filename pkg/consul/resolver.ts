import type { Metrics } from '../metrics/metrics.ts';
import { type BlockingQueryOptions, followBlockingQuery } from './blocking-query.ts';
import type { ConsulClient } from './client.ts';
import { type ConsulLogger, createFailureLog } from './failure-log.ts';
import { type Instance, passingInstances } from './health-api.ts';
import { inOrder, type Preference } from './preference.ts';

export interface ResolverOptions {
  /** Unless a call says otherwise. Default `nearest`. */
  preference?: Preference;
  /** How long a query waits for a change, in milliseconds. Default 10,000. */
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
  /** Gives up waiting for a first answer. */
  signal?: AbortSignal | undefined;
}

export interface Resolver {
  /**
   * The healthy instances of a service, the one to use first. The first time it waits for Consul, 2 s at the most; from
   * then on the list is followed, and is at hand. When Consul goes away, the last good list stays.
   *
   * @throws ConsulError when there is no list yet and Consul does not answer.
   */
  resolve(service: string, options?: ResolveOptions): Promise<Instance[]>;
  /** Stops following. */
  close(): Promise<void>;
}

/** What is known of one service. */
interface Followed {
  instances: readonly Instance[] | undefined;
  answeredAt: number;
  /** Why there is no list yet. */
  failure: { error: unknown } | undefined;
  /** Resolves with the first answer or failure. */
  readonly first: Promise<void>;
  turn: number;
}

/** Follows each service that is asked for with one blocking query. */
export function createResolver(
  { preference: usual = 'nearest', waitMs = 10_000 }: ResolverOptions,
  { client, logger, metrics }: ResolverDependencies,
): Resolver {
  const services = new Map<string, Followed>();
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const age = metrics.gauge({
    name: 'consul_resolver_age_seconds',
    help: 'Time since Consul last confirmed the list of instances; while it answers, no more than a query waits',
    labelNames: ['target'],
    collect() {
      for (const [target, { instances, answeredAt }] of services) {
        if (instances !== undefined) age.set({ target }, (performance.now() - answeredAt) / 1000);
      }
      return undefined;
    },
  });

  function follow(service: string): Followed {
    const { promise: first, resolve: settle } = Promise.withResolvers<void>();
    const followed: Followed = { instances: undefined, answeredAt: 0, failure: undefined, first, turn: 0 };
    services.set(service, followed);
    const failures = createFailureLog(`discovery of ${service}`, logger);
    const query: BlockingQueryOptions<Instance[]> = {
      waitMs,
      async query(call) {
        const answer = await passingInstances(client, service, call);
        followed.answeredAt = performance.now();
        failures.recovered();
        return answer;
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
    async resolve(service, { tag, preference = usual, signal } = {}) {
      stopping.signal.throwIfAborted();
      const followed = services.get(service) ?? follow(service);
      if (followed.instances === undefined && followed.failure === undefined)
        await untilSettled(followed.first, signal);
      const { instances, failure, turn } = followed;
      if (instances === undefined) throw failure?.error ?? new Error('the resolver was closed');
      followed.turn += 1;
      const suitable = tag === undefined ? instances : instances.filter(({ tags }) => tags.includes(tag));
      return inOrder(suitable, { preference, turn });
    },
    async close() {
      stopping.abort(new Error('the resolver was closed'));
      await Promise.all(running);
    },
  };
}

/** Waits, but no longer than until the signal aborts; rejects with its reason then. */
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
