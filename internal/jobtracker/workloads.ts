import type { KubernetesObject, ObjectMeta } from '../../pkg/kubernetes/object.ts';
import type { Resource } from '../../pkg/kubernetes/resource.ts';

/** The fields of a Job that are read here. */
export interface Job extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The fields of a Pod that are read here. */
export interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
}

export const jobs: Resource<Job> = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true };
export const pods: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export type JobState = 'active' | 'succeeded' | 'failed';

/** Returns the state of a Job. A suspended Job is active. */
export function stateOf({ status: { conditions = [] } = {} }: Job): JobState {
  const has = (type: string) => conditions.some((condition) => condition.type === type && condition.status === 'True');
  if (has('Complete')) return 'succeeded';
  return has('Failed') ? 'failed' : 'active';
}

/** Drops the fields that are not read, so that the cache of many Jobs stays small. */
export function trimJob({ metadata, status }: Job): Job {
  const conditions = status?.conditions?.map(({ type, status: state }) => ({ type, status: state }));
  return { metadata: trimMetadata(metadata), ...(conditions && { status: { conditions } }) };
}

export function trimPod({ metadata, spec }: Pod): Pod {
  const { nodeName } = spec ?? {};
  const { labels: _, ...trimmed } = trimMetadata(metadata);
  return { metadata: trimmed, ...(nodeName !== undefined && { spec: { nodeName } }) };
}

function trimMetadata({ name, namespace, uid, resourceVersion, labels, ownerReferences }: ObjectMeta): ObjectMeta {
  const owners = ownerReferences?.filter(({ controller }) => controller);
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(labels && { labels }),
    ...(owners && owners.length > 0 && { ownerReferences: owners }),
  };
}
