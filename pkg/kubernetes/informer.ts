import { describeError } from '../errors/describe-error.ts';
import { createBackoff, pause } from '../retry/backoff.ts';
import type { KubernetesClient } from './client.ts';
import { isKubernetesError } from './errors.ts';
import { createFailureLog, type KubernetesLogger } from './failure-log.ts';
import { type KubernetesObject, keyOf } from './object.ts';
import { createObjectCache, type IndexFunction } from './object-cache.ts';
import { displayName, type Resource } from './resource.ts';
import { untilAborted } from './until-aborted.ts';

export interface InformerOptions<T extends KubernetesObject> {
  resource: Resource<T>;
  /** Default: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** Indexes by name. Default: none. */
  indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /**
   * Drops fields that are not needed, to save memory. Must keep the name, namespace, uid and resourceVersion. Default:
   * keeps everything. `managedFields` is always dropped.
   */
  transform?: (object: T) => T;
  /** Objects per request when listing. Default: 500. */
  pageSize?: number;
}

export interface InformerDependencies {
  client: KubernetesClient;
  logger: KubernetesLogger;
}

export interface InformerEvent<T> {
  readonly type: 'added' | 'updated' | 'deleted';
  /** For `deleted`, the last known version. */
  readonly object: T;
  /** Previous version, for `updated`. */
  readonly old?: T;
}

/** A local copy of the objects of a resource, kept up to date by a watch. Its objects must not be changed. */
export interface Informer<T extends KubernetesObject> {
  readonly name: string;
  /** Whether the cache has been filled. Stays true during outages of the API server. */
  readonly synced: boolean;
  /** Why the cache is not being updated; undefined while it is. */
  readonly failure: string | undefined;
  /** Resolves once `synced` is true. Rejects with the reason of the signal if it aborts first. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  /** @param key `namespace/name`, or the name of an object without a namespace. */
  get(key: string): T | undefined;
  list(): Iterable<T>;
  /** @throws RangeError if there is no such index. */
  byIndex(index: string, value: string): readonly T[];
  /**
   * Calls the handler for each change, after the cache has been updated. Subscribe before `start`, because the handler
   * is not called for objects that are already in the cache. It must not throw.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(handler: (event: InformerEvent<T>) => void): () => void;
  /** Fills and follows in the background, so that it does not wait for the API server. Call it only once. */
  start(): void;
  stop(): Promise<void>;
}

/** The API server ends a watch after 5 to 10 minutes, so that watches spread over all API servers. */
const MIN_WATCH_SECONDS = 300;
/** A watch that lasted this long was not interrupted by a failure that lasts. */
const LONG_WATCH_MS = 30_000;
const BACKOFF = { minMs: 200, maxMs: 15_000 };
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Lists the objects page by page, then watches from the version of the list. Watches again from the last version after
 * an interruption, and lists again if the API server no longer has the changes since then (`410 Gone`). Objects that
 * disappeared in the meantime are reported as deleted. Keeps trying, with jittered delays, whatever fails: a missing CRD
 * may be installed later, and a missing permission granted.
 */
export function createInformer<T extends KubernetesObject>(
  {
    resource,
    namespace,
    labelSelector,
    indexes = {},
    transform = (object) => object,
    pageSize = 500,
  }: InformerOptions<T>,
  { client, logger }: InformerDependencies,
): Informer<T> {
  const name = `informer of ${displayName(resource)}`;
  const cache = createObjectCache(indexes);
  const handlers = new Set<(event: InformerEvent<T>) => void>();
  const failures = createFailureLog(name, logger);
  const backoff = createBackoff(BACKOFF);
  const stopping = new AbortController();
  const { promise: firstSync, resolve: settle } = Promise.withResolvers<void>();
  let synced = false;
  let failure: string | undefined = 'not started';
  /** Where the next watch starts. Undefined if the objects have to be listed. */
  let version: string | undefined;
  /** Whether no event has arrived since the last list. */
  let isListed = false;
  let running = Promise.resolve();

  function notify(event: InformerEvent<T>): void {
    for (const handler of handlers) handler(event);
  }
  function remove(key: string): void {
    const object = cache.get(key);
    if (object === undefined) return;
    cache.delete(key);
    notify({ type: 'deleted', object });
  }
  /** Returns the key. */
  function store(received: T): string {
    const key = keyOf(received);
    const { uid, resourceVersion } = received.metadata;
    const old = cache.get(key);
    if (old !== undefined && old.metadata.resourceVersion === resourceVersion) return key;
    // Replaced by another object of the same name during an interruption.
    if (old !== undefined && old.metadata.uid !== uid) remove(key);
    Object.assign(received.metadata, { managedFields: undefined });
    const object = transform(received);
    const previous = cache.get(key);
    cache.set(key, object);
    notify(previous === undefined ? { type: 'added', object } : { type: 'updated', object, old: previous });
    return key;
  }
  function active(): void {
    failure = undefined;
    failures.recovered();
  }

  /** Returns the version of the list. */
  async function list(signal: AbortSignal): Promise<string> {
    const missing = new Set(cache.keys());
    const options = { namespace, labelSelector, limit: pageSize, signal };
    let page = await client.list(resource, options);
    for (;;) {
      active();
      for (const object of page.items) missing.delete(store(object));
      if (page.continue === undefined) break;
      page = await client.list(resource, { ...options, continue: page.continue });
    }
    for (const key of missing) remove(key);
    [synced, isListed] = [true, true];
    settle();
    return page.resourceVersion;
  }

  /** Follows one watch until it ends. Rejects only if it did not start, or with an error that will not pass by itself. */
  async function follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    let openedAt: number | undefined;
    const onOpen = () => {
      openedAt = performance.now();
      active();
    };
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS * (1 + Math.random()));
    const options = { namespace, labelSelector, resourceVersion, timeoutSeconds, onOpen, signal };
    try {
      for await (const { type, object } of client.watch(resource, options)) {
        active();
        backoff.reset();
        isListed = false;
        if (type === 'DELETED') remove(keyOf(object));
        else if (type !== 'BOOKMARK') store(object);
        version = object.metadata.resourceVersion;
      }
    } catch (error) {
      const isInterruption = isKubernetesError(error, 'KUBERNETES_UNAVAILABLE', 'KUBERNETES_TIMEOUT');
      if (openedAt === undefined || !isInterruption) throw error;
    }
    if (openedAt !== undefined && performance.now() - openedAt > LONG_WATCH_MS) backoff.reset();
  }

  /** Returns how long to wait at least before the next attempt, in milliseconds. */
  function failed(error: unknown): number {
    // A CRD that is installed again starts with other objects.
    if (isKubernetesError(error, 'Expired', 'NotFound')) version = undefined;
    if (isKubernetesError(error, 'Expired')) {
      // Expected after an outage, so that the delays may have become long, but not right after a list.
      if (!isListed) backoff.reset();
      return 0;
    }
    failure = describeError(error);
    failures.failed(error);
    return isKubernetesError(error) ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0;
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let minWaitMs = 0;
      try {
        version ??= await list(signal);
        await follow(version, signal);
      } catch (error) {
        if (signal.aborted) return;
        minWaitMs = failed(error);
      }
      // Also after a regular end, which may be that of an API server that is about to stop.
      await pause(Math.max(backoff.next(), minWaitMs), signal);
    }
  }

  return {
    name,
    get synced() {
      return synced;
    },
    get failure() {
      return failure;
    },
    whenSynced: (signal) => untilAborted(firstSync, signal),
    get: (key) => cache.get(key),
    list: () => cache.values(),
    byIndex: (index, value) => cache.byIndex(index, value),
    subscribe(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    start() {
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
