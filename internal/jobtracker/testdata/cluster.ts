import type { KubernetesObject } from '../../../pkg/kubernetes/object.ts';
import { keyOf } from '../../../pkg/kubernetes/object.ts';
import { createObjectCache } from '../../../pkg/kubernetes/object-cache.ts';
import type { JobTracker, JobTrackerSpec } from '../model.ts';
import { jobIndexes, podIndexes, trackerIndexes } from '../selection.ts';
import type { Job, JobState, Pod } from '../workloads.ts';

/** Creates the caches of a cluster with these objects. */
export function createCluster({
  trackers = [],
  jobs = [],
  pods = [],
}: {
  trackers?: JobTracker[];
  jobs?: Job[];
  pods?: Pod[];
} = {}) {
  const cluster = {
    trackers: createObjectCache<JobTracker>(trackerIndexes),
    jobs: createObjectCache<Job>(jobIndexes),
    pods: createObjectCache<Pod>(podIndexes),
  };
  const fill = <T extends KubernetesObject>(cache: { set(key: string, object: T): void }, objects: readonly T[]) => {
    for (const object of objects) cache.set(keyOf(object), object);
  };
  fill(cluster.trackers, trackers);
  fill(cluster.jobs, jobs);
  fill(cluster.pods, pods);
  return cluster;
}

export function tracker(spec: Partial<JobTrackerSpec> = {}, more: Partial<JobTracker['metadata']> = {}): JobTracker {
  return {
    metadata: { name: 'tracker', namespace: 'shop', uid: 'tracker', resourceVersion: '7', generation: 2, ...more },
    spec: { selector: { matchLabels: { app: 'import' } }, size: 2, ...spec },
  };
}

export function job(name: string, state: JobState, labels: Record<string, string> = { app: 'import' }): Job {
  const types = { active: [], succeeded: ['SuccessCriteriaMet', 'Complete'], failed: ['Failed'] }[state];
  return {
    metadata: { name, namespace: 'shop', uid: name, labels },
    status: { conditions: types.map((type) => ({ type, status: 'True' })) },
  };
}

export function pod(name: string, jobName: string, nodeName?: string): Pod {
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: jobName, uid: jobName, controller: true };
  return {
    metadata: { name, namespace: 'shop', uid: name, ownerReferences: [owner] },
    spec: nodeName === undefined ? {} : { nodeName },
  };
}
