import type { Logger } from 'pino';
import type { Check } from '../../pkg/health/check.ts';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import { createInformer, type Informer, type InformerOptions } from '../../pkg/kubernetes/informer.ts';
import type { KubernetesObject } from '../../pkg/kubernetes/object.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';

export interface CachesDependencies {
  client: KubernetesClient;
  logger: Logger;
}

/** The caches of all controllers. */
export interface Caches {
  createCache<T extends KubernetesObject>(options: Omit<InformerOptions<T>, 'namespace'>): Informer<T>;
  /** Resolves when every cache has the objects that existed when it started. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Fails until then. */
  readonly check: Check;
  components(): readonly Component[];
}

/** @param options.namespace the namespace to watch. If undefined, all of them. */
export function createCaches(
  { namespace }: { namespace: string | undefined },
  { client, logger }: CachesDependencies,
): Caches {
  const informers: Pick<Informer<KubernetesObject>, 'name' | 'synced' | 'failure' | 'whenSynced' | 'start' | 'stop'>[] =
    [];
  return {
    createCache(options) {
      const informer = createInformer({ ...options, namespace }, { client, logger });
      informers.push(informer);
      return informer;
    },
    async whenSynced(signal) {
      await Promise.all(informers.map((informer) => informer.whenSynced(signal)));
    },
    check: {
      name: 'caches',
      kind: 'required',
      cacheMs: 0,
      check() {
        const unsynced = informers.filter(({ synced }) => !synced).map(({ name, failure }) => `${name}: ${failure}`);
        if (unsynced.length > 0) throw new Error(unsynced.join('; '));
      },
    },
    components: () => informers,
  };
}
