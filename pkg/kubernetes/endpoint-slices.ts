import type { KubernetesClient } from './client.ts';
import { KubernetesError } from './errors.ts';
import type { KubernetesLogger } from './failure-log.ts';
import { createInformer, type Informer } from './informer.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** Some of the endpoints of a Service. */
export interface EndpointSlice extends KubernetesObject {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  /** The API server sends null for none. */
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointPort[] | null;
}

interface Endpoint {
  readonly addresses: readonly string[];
  /** A missing `ready` means ready. */
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly name?: string };
  readonly zone?: string;
}

interface EndpointPort {
  readonly name?: string;
  readonly port?: number;
  readonly appProtocol?: string;
}

export const endpointSlices: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};

export interface EndpointSliceResolverOptions {
  /** Namespace of services that are named without one. Default: that of the connection. */
  namespace?: string | undefined;
  /** Zone of the caller, whose instances come first. Default: none, any order. */
  zone?: string | undefined;
}

export interface EndpointSliceResolverDependencies {
  client: KubernetesClient;
  logger: KubernetesLogger;
}

/** An instance of a service. */
export interface ServiceInstance {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** `protocol` is the `appProtocol` of the port. */
  readonly meta: Readonly<Record<string, string>>;
}

export interface EndpointSliceResolver {
  /**
   * Returns the ready endpoints of a Service, `orders` or `orders.<namespace>`, in random order, those in the caller's
   * zone first. The port is the one named `tag`; without a tag, the one named `http`, or else the first. The first call
   * for a Service waits for the API server, at most 2 s. From then on, a watch keeps the list up to date, and the last
   * list stays in use while the API server is unavailable.
   *
   * @throws KubernetesError if there is no list yet, or the reason of the signal.
   */
  resolve(
    service: string,
    options?: { tag?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<ServiceInstance[]>;
  /** Stops following. */
  close(): Promise<void>;
}

const INITIAL_WAIT_MS = 2_000;

interface Followed {
  readonly informer: Informer<EndpointSlice>;
  /** Instances by tag, until the next change. */
  readonly lists: Map<string | undefined, readonly ServiceInstance[]>;
}

/** Follows each requested Service with one watch of its EndpointSlices. Requires the verbs `list` and `watch`. */
export function createEndpointSliceResolver(
  { namespace: defaultNamespace, zone }: EndpointSliceResolverOptions,
  { client, logger }: EndpointSliceResolverDependencies,
): EndpointSliceResolver {
  const services = new Map<string, Followed>();

  function follow(service: string): Followed {
    const [name, namespace = defaultNamespace ?? client.namespace] = service.split('.');
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const informer = createInformer({ resource: endpointSlices, namespace, labelSelector }, { client, logger });
    const followed: Followed = { informer, lists: new Map() };
    services.set(service, followed);
    informer.subscribe(() => followed.lists.clear());
    informer.start();
    return followed;
  }

  return {
    async resolve(service, { tag, signal } = {}) {
      const { informer, lists } = services.get(service) ?? follow(service);
      if (!informer.synced) await untilSynced(informer, service, signal);
      const instances = lists.get(tag) ?? instancesOf(informer.list(), tag);
      lists.set(tag, instances);
      return inOrder(instances, zone);
    },
    async close() {
      await Promise.all([...services.values()].map(({ informer }) => informer.stop()));
    },
  };
}

async function untilSynced(informer: Informer<EndpointSlice>, service: string, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(INITIAL_WAIT_MS);
  try {
    await informer.whenSynced(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (cause) {
    signal?.throwIfAborted();
    const why = informer.failure ?? 'no list of endpoints in time';
    throw new KubernetesError(`discovery of ${service}: ${why}`, { code: 'KUBERNETES_UNAVAILABLE', cause });
  }
}

/** Returns the ready endpoints that have the port. A cluster with two address families lists each pod twice. */
function instancesOf(slices: Iterable<EndpointSlice>, tag: string | undefined): ServiceInstance[] {
  const byFamily = Map.groupBy(slices, ({ addressType }) => addressType);
  for (const family of ['IPv4', 'IPv6'] as const) {
    const instances = (byFamily.get(family) ?? []).flatMap((slice) => instancesIn(slice, tag));
    // While an endpoint moves to another slice, it can be in both.
    if (instances.length > 0) return [...new Map(instances.map((each) => [each.address, each])).values()];
  }
  return [];
}

function instancesIn({ endpoints, ports }: EndpointSlice, tag: string | undefined): ServiceInstance[] {
  const named = ports?.find(({ name }) => name === (tag ?? 'http'));
  const { port, appProtocol } = named ?? (tag === undefined ? ports?.[0] : undefined) ?? {};
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses: [address], targetRef, zone }) => {
      if (address === undefined) return [];
      const meta = { ...(appProtocol !== undefined && { protocol: appProtocol }), ...(zone !== undefined && { zone }) };
      return [{ id: targetRef?.name ?? address, address, port, meta }];
    });
}

function inOrder(instances: readonly ServiceInstance[], zone: string | undefined): ServiceInstance[] {
  const ranked = instances.map((instance) => {
    const isNear = zone !== undefined && instance.meta.zone === zone;
    return { instance, rank: Math.random() + (isNear ? 0 : 1) };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ instance }) => instance);
}
