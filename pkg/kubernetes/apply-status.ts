import { isDeepStrictEqual } from 'node:util';
import type { KubernetesClient } from './client.ts';
import type { KubernetesObject } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export interface StatusChange<T extends KubernetesObject> {
  resource: Resource<T>;
  /** The object that the status was computed from. */
  object: T & { readonly status?: unknown };
  status: object;
}

/**
 * Writes the status of an object by server-side apply, unless it is equal to that of the object.
 *
 * @returns whether it has written.
 * @throws KubernetesError with the reason `Conflict` if the object has changed since: a process that was paused cannot
 *   overwrite what another one wrote meanwhile.
 */
export async function applyStatus<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, object, status }: StatusChange<T>,
  { fieldManager, signal }: { fieldManager: string; signal: AbortSignal },
): Promise<boolean> {
  if (isDeepStrictEqual(status, object.status)) return false;
  const { name, namespace, resourceVersion } = object.metadata;
  const applied = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, namespace, resourceVersion },
    status,
  };
  // The API server needs only the fields that are applied.
  await client.apply(resource, applied as unknown as T, { fieldManager, force: true, subresource: 'status', signal });
  return true;
}
