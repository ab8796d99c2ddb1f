import { apiVersionOf, displayName, type ResourceName } from './resource.ts';

/** Verbs of RBAC, with the method of their requests. */
export const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const;

/** One call to the API. */
export interface Call {
  readonly verb: keyof typeof METHODS;
  readonly resource: ResourceName;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Serialised as JSON. */
  readonly body?: object | undefined;
  /** Of the body. Default: `application/json`. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly signalOnceSent?: AbortSignal | undefined;
  readonly beforeSend?: (() => void) | undefined;
}

/** Returns the path of the request without the query: `/apis/batch/v1/namespaces/shop/jobs/report/status`. */
export function pathOf({ resource, namespace, name, subresource }: Omit<Call, 'verb'>): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const scope = resource.namespaced && namespace ? ['namespaces', encodeURIComponent(namespace)] : [];
  const object = name === undefined ? [] : [encodeURIComponent(name)];
  const segments = [root, apiVersionOf(resource), ...scope, resource.plural, ...object];
  return [...segments, ...(subresource === undefined ? [] : [subresource])].join('/');
}

/** Returns the query with its question mark, or an empty string. */
export function queryOf({ query = {} }: Call): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Describes the call in messages: `patch jobs.batch/status report in shop`. */
export function describeCall({ verb, resource, namespace, name, subresource }: Call): string {
  const target = displayName(resource) + (subresource === undefined ? '' : `/${subresource}`);
  const scope = resource.namespaced ? ` in ${namespace || 'all namespaces'}` : '';
  return `${verb} ${target}${name === undefined ? '' : ` ${name}`}${scope}`;
}
