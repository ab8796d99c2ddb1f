import { HttpClientError } from './errors.ts';

/** A destination for a request. */
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

/** Returns the default name of a target in metrics: the service's name, or the host. */
export function nameOf(url: URL): string {
  return url.hostname;
}

/**
 * Returns the targets of a URL, the preferred one first. `service://orders/v1/items` has one target per healthy
 * instance of `orders`, with HTTPS if the instance registered the meta `protocol` as `https`. An HTTP or HTTPS URL is
 * its own target.
 *
 * @throws HttpClientError `HTTP_CLIENT_UNAVAILABLE` if there is no instance, or any error of the resolver.
 */
export async function targetsOf(url: URL, { resolver, tag, signal }: TargetOptions): Promise<Target[]> {
  const path = `${url.pathname === '' ? '/' : url.pathname}${url.search}`;
  if (url.protocol === 'http:' || url.protocol === 'https:') return [{ origin: url.origin, path }];
  if (url.protocol !== 'service:') throw new TypeError(`unsupported protocol: ${url.protocol}//`);
  if (resolver === undefined) throw new TypeError(`${url.href}: service:// URLs require a resolver`);
  const instances = await resolver.resolve(url.hostname, { tag, signal });
  if (instances.length === 0) {
    const which = tag === undefined ? url.hostname : `${url.hostname} with the tag ${tag}`;
    throw new HttpClientError(`no healthy instance of ${which}`, { code: 'HTTP_CLIENT_UNAVAILABLE' });
  }
  return instances.map((instance) => ({ origin: originOf(instance), path }));
}

/** Returns the origin of an instance, such as `http://10.0.0.7:8080`. */
export function originOf({ address, port, meta }: Instance): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${meta.protocol === 'https' ? 'https' : 'http'}://${host}:${port}`;
}

/** One instance of a service. */
export interface Instance {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** `protocol: 'https'` marks an instance that serves HTTPS. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Finds the instances of a service. */
export interface Resolver {
  /** Returns the healthy instances, the preferred one first. */
  resolve(
    service: string,
    options: { tag?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<readonly Instance[]>;
}
