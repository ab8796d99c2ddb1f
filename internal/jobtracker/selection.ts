import { Value } from 'typebox/value';
import { type LabelSelector, matchesSelector } from '../../pkg/kubernetes/label-selector.ts';
import { type JobTracker, jobTrackerSpecSchema } from './model.ts';
import type { Job, Pod } from './workloads.ts';

/** The lookups that an informer's cache offers. */
export interface Indexed<T> {
  byIndex(index: string, value: string): readonly T[];
}

export interface Caches {
  readonly trackers: Indexed<JobTracker>;
  readonly jobs: Indexed<Job>;
  readonly pods: Indexed<Pod>;
}

// With these indexes, an event costs as much as there are Jobs and trackers that share a label, however many others exist.

export const trackerIndexes = {
  /** Under one label that the selector requires, or under the namespace if it requires none. */
  label(tracker: JobTracker): string[] {
    const { namespace = '' } = tracker.metadata;
    const selector = selectorOf(tracker);
    if (selector === undefined) return [];
    const [required] = Object.entries(selector.matchLabels ?? {});
    return [required === undefined ? namespace : labelKey(namespace, ...required)];
  },
};

export const jobIndexes = {
  label: ({ metadata: { namespace = '', labels = {} } }: Job): string[] => [
    namespace,
    ...Object.entries(labels).map((label) => labelKey(namespace, ...label)),
  ],
  uid: ({ metadata: { uid } }: Job): string[] => (uid === undefined ? [] : [uid]),
};

export const podIndexes = {
  job: (pod: Pod): string[] => ownersOf(pod),
};

/** Selectors by tracker, because every event of a Job compares many of them. */
const selectors = new WeakMap<JobTracker, LabelSelector | undefined>();

/** Returns the selector, or undefined if the spec is invalid. The CRD rejects such objects, but may have been weaker once. */
export function selectorOf(tracker: JobTracker): LabelSelector | undefined {
  if (!selectors.has(tracker)) {
    selectors.set(tracker, Value.Check(jobTrackerSpecSchema, tracker.spec) ? tracker.spec.selector : undefined);
  }
  return selectors.get(tracker);
}

/** Returns the Jobs that a selector selects in a namespace. */
export function selectJobs(selector: LabelSelector, namespace: string, { jobs }: Pick<Caches, 'jobs'>): Job[] {
  const required = Object.entries(selector.matchLabels ?? {}).map((label) => labelKey(namespace, ...label));
  const candidates = required.length === 0 ? [namespace] : required;
  const [fewest = []] = candidates.map((key) => jobs.byIndex('label', key)).toSorted((a, b) => a.length - b.length);
  return fewest.filter(({ metadata }) => matchesSelector(selector, metadata.labels));
}

/** Returns the trackers whose selector selects the Job. */
export function trackersOf({ metadata: { namespace = '', labels = {} } }: Job, { trackers }: Caches): JobTracker[] {
  const keys = [namespace, ...Object.entries(labels).map((label) => labelKey(namespace, ...label))];
  return keys
    .flatMap((key) => trackers.byIndex('label', key))
    .filter((tracker) => {
      const selector = selectorOf(tracker);
      return selector !== undefined && matchesSelector(selector, labels);
    });
}

/** Returns the trackers of the Jobs that own the Pod. */
export function trackersOfPod(pod: Pod, caches: Caches): JobTracker[] {
  const owners = ownersOf(pod).flatMap((uid) => caches.jobs.byIndex('uid', uid));
  return owners.flatMap((job) => trackersOf(job, caches));
}

/** Returns the nodes of the Jobs' Pods, without duplicates and in alphabetical order. */
export function nodesOf(selected: readonly Job[], { pods }: Pick<Caches, 'pods'>): string[] {
  const nodes = selected.flatMap(({ metadata: { uid = '' } }) =>
    pods.byIndex('job', uid).flatMap(({ spec }) => spec?.nodeName ?? []),
  );
  return [...new Set(nodes)].sort();
}

function ownersOf({ metadata: { ownerReferences = [] } }: Pod): string[] {
  return ownerReferences.filter(({ kind, controller }) => kind === 'Job' && controller).map(({ uid }) => uid);
}

function labelKey(namespace: string, name: string, value: string): string {
  return `${namespace}/${name}=${value}`;
}
