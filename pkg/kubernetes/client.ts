import type { Tracer } from '@opentelemetry/api';
import type { Metrics } from '../metrics/metrics.ts';
import type { Call } from './call.ts';
import type { Connection } from './connection.ts';
import type { KubernetesObject } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { createTransport } from './transport.ts';
import { readWatchEvents, type WatchEvent } from './watch.ts';

export interface KubernetesClientOptions {
  connection: Connection;
  /** Sent as `User-Agent`. The API server uses the text before the first slash as the default field manager. */
  userAgent: string;
  /** How long to wait for the headers of a response, and between two chunks of its body, in ms. Default: 30,000. */
  requestTimeoutMs?: number;
  /**
   * How long a watch may receive nothing, in milliseconds. The API server sends a bookmark about once per minute.
   * Default: 150,000.
   */
  watchIdleMs?: number;
}

export interface KubernetesClientDependencies {
  /** Default: none. */
  metrics?: Metrics | undefined;
  /** Default: no spans; the active trace context is still propagated. */
  tracer?: Tracer | undefined;
}

export interface CallOptions {
  /** Default: the namespace of the connection. Ignored for resources without namespaces. */
  namespace?: string | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** For `list` and `watch`, no namespace means all namespaces. */
export interface SelectOptions extends CallOptions {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface ListOptions extends SelectOptions {
  /** Maximum number of items. */
  limit?: number | undefined;
  /** `continue` of the previous page. */
  continue?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** Where a watch of what follows the list starts. */
  readonly resourceVersion: string;
  /** Set if there are more items. */
  readonly continue?: string | undefined;
}

export interface WatchOptions extends SelectOptions {
  resourceVersion: string;
  /** When the API server ends the watch, in seconds. Default: 30 to 60 minutes. */
  timeoutSeconds?: number | undefined;
  /** Called when the API server has accepted the watch. */
  onOpen?: (() => void) | undefined;
}

export interface WriteOptions extends CallOptions {
  /**
   * Called immediately before each attempt is written to the connection. If it throws, nothing is sent and the call
   * rejects with that error. Does not apply to reads.
   */
  beforeSend?: (() => void) | undefined;
  /**
   * Replaces `signal` between the time an attempt is sent and its response, for when aborting would leave it unknown
   * whether the write takes effect, or when. Default: `signal`.
   */
  signalOnceSent?: AbortSignal | undefined;
}

export interface ChangeOptions extends WriteOptions {
  /** Default: the object itself. */
  subresource?: 'status' | undefined;
  /** Owner of the fields that the call sets. Default: the name in the user agent. */
  fieldManager?: string | undefined;
}

export interface ApplyOptions extends ChangeOptions {
  fieldManager: string;
  /** Takes over fields that other managers own. Default: false, which rejects with the reason `Conflict`. */
  force?: boolean | undefined;
}

export interface PatchOptions extends ChangeOptions {
  /** JSON Merge Patch (RFC 7396) or JSON Patch (RFC 6902). */
  type: 'merge' | 'json';
}

export interface DeleteOptions extends WriteOptions {
  /** What happens to the objects that this one owns. Default: `Background`, as in kubectl. */
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  /** Deletes only this version of the object; otherwise rejects with the reason `Conflict`. */
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
}

/**
 * All calls throw KubernetesError, or the reason of the caller's signal. A request that an overloaded API server rejects
 * with `Retry-After` is sent again after that time, unless it is longer than 10 s, at most five times. There are no other
 * retries.
 */
export interface KubernetesClient {
  /** Namespace of the connection. */
  readonly namespace: string;
  get<T extends KubernetesObject>(resource: Resource<T>, name: string, options?: CallOptions): Promise<T>;
  list<T extends KubernetesObject>(resource: Resource<T>, options?: ListOptions): Promise<Page<T>>;
  /**
   * Returns the changes after `resourceVersion`, including bookmarks. Ends when the API server ends the watch. Throws
   * with the reason `Expired` if the API server no longer has the changes.
   */
  watch<T extends KubernetesObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** The namespace of the object takes precedence over that of the options, here and in `replace` and `apply`. */
  create<T extends KubernetesObject>(resource: Resource<T>, object: T, options?: ChangeOptions): Promise<T>;
  /** Rejects with the reason `Conflict` if the object has changed since the version in `resourceVersion`. */
  replace<T extends KubernetesObject>(resource: Resource<T>, object: T, options?: ChangeOptions): Promise<T>;
  /** Creates the object or sets the given fields of it (server-side apply). */
  apply<T extends KubernetesObject>(
    resource: Resource<T>,
    object: Pick<T, 'metadata'> & Partial<T>,
    options: ApplyOptions,
  ): Promise<T>;
  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    name: string,
    patch: object,
    options: PatchOptions,
  ): Promise<T>;
  delete<T extends KubernetesObject>(resource: Resource<T>, name: string, options?: DeleteOptions): Promise<void>;
  /** Aborts all calls and closes all connections. */
  close(): Promise<void>;
}

interface ListBody<T> {
  readonly items: T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

export function createKubernetesClient(
  { connection, userAgent, requestTimeoutMs = 30_000, watchIdleMs = 150_000 }: KubernetesClientOptions,
  { metrics, tracer }: KubernetesClientDependencies = {},
): KubernetesClient {
  const transport = createTransport({ connection, userAgent, requestTimeoutMs, watchIdleMs }, { metrics, tracer });

  /** The API server validates objects, so that their type needs no check here. */
  const send = async <T>(call: Call): Promise<T> => (await transport.json(call)) as T;

  /** Returns what the calls on one object have in common. */
  function target(
    resource: Resource<KubernetesObject>,
    options: ChangeOptions,
    object?: Pick<KubernetesObject, 'metadata'>,
  ) {
    const { namespace = connection.namespace, signal, signalOnceSent, beforeSend, subresource, fieldManager } = options;
    const scope = object?.metadata.namespace ?? namespace;
    const query = { fieldManager };
    return { resource, namespace: scope, signal, signalOnceSent, beforeSend, subresource, query };
  }

  return {
    namespace: connection.namespace,
    get: (resource, name, options = {}) => send({ verb: 'get', ...target(resource, options), name }),
    async list(resource, { namespace, signal, ...query } = {}) {
      const call: Call = { verb: 'list', resource, namespace, signal, query: { ...query } };
      const { items, metadata } = await send<ListBody<NonNullable<(typeof resource)['object']>>>(call);
      return {
        items: items ?? [],
        resourceVersion: metadata.resourceVersion,
        continue: metadata.continue || undefined,
      };
    },
    watch(resource, { namespace, signal, onOpen, ...query }) {
      const options = { watch: true, allowWatchBookmarks: true, ...query };
      const call: Call = { verb: 'watch', resource, namespace, signal, query: options };
      return readWatchEvents(transport.stream(call, onOpen), call);
    },
    create: (resource, object, options = {}) =>
      send({ verb: 'create', ...target(resource, options, object), body: typed(resource, object) }),
    replace(resource, object, options = {}) {
      const { name } = object.metadata;
      return send({ verb: 'update', ...target(resource, options, object), name, body: typed(resource, object) });
    },
    apply(resource, object, options) {
      const { fieldManager, force } = options;
      return send({
        verb: 'patch',
        ...target(resource, options, object),
        name: object.metadata.name,
        query: { fieldManager, force },
        // JSON is YAML.
        contentType: 'application/apply-patch+yaml',
        body: typed(resource, object),
      });
    },
    patch(resource, name, patch, options) {
      const contentType = options.type === 'merge' ? 'application/merge-patch+json' : 'application/json-patch+json';
      return send({ verb: 'patch', ...target(resource, options), name, contentType, body: patch });
    },
    async delete(resource, name, { propagationPolicy = 'Background', preconditions, ...options } = {}) {
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy, preconditions };
      await send({ verb: 'delete', ...target(resource, options), name, body });
    },
    close: () => transport.close(),
  };
}

function typed<T extends object>(resource: Resource<KubernetesObject>, object: T): T {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}
