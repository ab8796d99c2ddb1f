import type { KubernetesObject } from './object.ts';

/** A resource of the Kubernetes API with objects of the type `T`. */
export interface Resource<T extends KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Carries the type. Never set. */
  readonly object?: T;
}

/** The fields of a resource that its paths and names consist of. */
export type ResourceName = Pick<Resource<KubernetesObject>, 'group' | 'version' | 'plural' | 'namespaced'>;

/** Returns the `apiVersion` of the objects, such as `batch/v1`. */
export function apiVersionOf({ group, version }: Pick<ResourceName, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Returns the name of the resource as RBAC and kubectl write it, such as `jobs.batch`. */
export function displayName({ group, plural }: Pick<ResourceName, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}
