import type { KubernetesObject, OwnerReference } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

/**
 * Returns the reference to put into an object that the owner's controller creates. The object is then deleted with its
 * owner. The owner must be in the same namespace or be cluster-scoped.
 *
 * @throws TypeError if the owner has no uid: it was not read from the API server.
 */
export function ownerReference<T extends KubernetesObject>(resource: Resource<T>, owner: T): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined) throw new TypeError(`${resource.kind} ${name} has no uid`);
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Returns the reference to the owner whose controller manages the object. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}
