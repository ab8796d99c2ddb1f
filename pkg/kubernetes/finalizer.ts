import type { KubernetesClient, WriteOptions } from './client.ts';
import { isKubernetesError } from './errors.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/**
 * Adds a finalizer, such as `example.com/cleanup`, which delays the deletion of the object until it is removed. Add it
 * before creating anything that the deletion must clean up; the API server rejects it once the object is being deleted.
 *
 * @returns the object with the finalizer.
 * @throws KubernetesError with the reason `Conflict` if the object has changed since.
 */
export async function addFinalizer<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, object, finalizer }: { resource: Resource<T>; object: T; finalizer: string },
  options: WriteOptions = {},
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return object;
  return patchFinalizers(client, { resource, object, finalizers: [...finalizers, finalizer] }, options);
}

/**
 * Removes a finalizer. Call it when the clean-up is complete.
 *
 * @throws KubernetesError with the reason `Conflict` if the object has changed since.
 */
export async function removeFinalizer<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, object, finalizer }: { resource: Resource<T>; object: T; finalizer: string },
  options: WriteOptions = {},
): Promise<void> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return;
  const rest = finalizers.filter((each) => each !== finalizer);
  try {
    await patchFinalizers(client, { resource, object, finalizers: rest }, options);
  } catch (error) {
    if (!isKubernetesError(error, 'NotFound')) throw error;
  }
}

/** Sends the whole list, as a merge patch replaces lists, with the version that it was read from as a precondition. */
function patchFinalizers<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, object, finalizers }: { resource: Resource<T>; object: T; finalizers: readonly string[] },
  options: WriteOptions,
): Promise<T> {
  const { name, namespace, resourceVersion } = object.metadata;
  return client.patch(
    resource,
    name,
    { metadata: { resourceVersion, finalizers } },
    { ...options, type: 'merge', namespace },
  );
}
