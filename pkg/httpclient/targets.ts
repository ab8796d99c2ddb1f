import { HttpClientError } from './errors.ts';
import type { Instance, Resolver } from './resolver.ts';

/** One place that a request can be sent to. */
export interface Target {
  /** `http://10.0.0.7:8080` */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

export interface TargetOptions {
  resolver: Resolver | undefined;
  tag: string | undefined;
  signal: AbortSignal;
}

/** What metrics call it: the service's name, or the host. */
export function nameOf(url: URL): string {
  return url.hostname;
}

/**
 * Where a URL leads, the best first: `service://orders/v1/items` to each healthy instance of `orders`, over HTTPS if it
 * has registered the meta `protocol` as `https`; any other to its own origin.
 *
 * @throws HttpClientError `HTTP_CLIENT_UNAVAILABLE` when there is no instance, and what the resolver throws.
 */
export async function targetsOf(url: URL, { resolver, tag, signal }: TargetOptions): Promise<Target[]> {
  const path = `${url.pathname === '' ? '/' : url.pathname}${url.search}`;
  if (url.protocol === 'http:' || url.protocol === 'https:') return [{ origin: url.origin, path }];
  if (url.protocol !== 'service:') throw new TypeError(`${url.protocol}// is not a protocol of this client`);
  if (resolver === undefined) throw new TypeError(`${url.href}: without a resolver there are no services`);
  const instances = await resolver.resolve(url.hostname, { tag, signal });
  if (instances.length === 0) {
    const which = tag === undefined ? url.hostname : `${url.hostname} with the tag ${tag}`;
    throw new HttpClientError(`no healthy instance of ${which}`, { code: 'HTTP_CLIENT_UNAVAILABLE' });
  }
  return instances.map((instance) => ({ origin: originOf(instance), path }));
}

/** `http://10.0.0.7:8080`: where an instance is, by what it has registered. */
export function originOf({ address, port, meta }: Instance): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${meta.protocol === 'https' ? 'https' : 'http'}://${host}:${port}`;
}
