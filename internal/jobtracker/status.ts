import { Value } from 'typebox/value';
import { setCondition } from '../../pkg/kubernetes/conditions.ts';
import type { Condition } from '../../pkg/kubernetes/object.ts';
import { type JobTracker, type JobTrackerStatus, jobTrackerSpecSchema } from './model.ts';
import { type Caches, nodesOf, selectJobs, selectorOf } from './selection.ts';
import { stateOf } from './workloads.ts';

/** Number of failed Jobs that a condition names. */
const MAX_NAMES = 3;

type Finding = { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string; readonly message: string };

/** Computes the status of a tracker from the Jobs and Pods that exist. The same state gives an equal status. */
export function statusOf(tracker: JobTracker, caches: Caches, now: Date = new Date()): JobTrackerStatus {
  const { namespace = '', generation: observedGeneration = 0 } = tracker.metadata;
  const selector = selectorOf(tracker);
  const selected = selector === undefined ? [] : selectJobs(selector, namespace, caches);
  const { active = [], succeeded = [], failed = [] } = Object.groupBy(selected, stateOf);
  const counts = { active: active.length, succeeded: succeeded.length, failed: failed.length };
  const names = failed.map(({ metadata }) => metadata.name).sort();
  const { ready, degraded } =
    selector === undefined
      ? invalid(tracker)
      : { ready: readiness(tracker.spec.size, counts), degraded: degradation(names) };

  let conditions: readonly Condition[] = tracker.status?.conditions ?? [];
  conditions = setCondition(conditions, { type: 'Ready', ...ready, observedGeneration }, now);
  conditions = setCondition(conditions, { type: 'Degraded', ...degraded, observedGeneration }, now);
  return { observedGeneration, ...counts, nodes: nodesOf(selected, caches), conditions: [...conditions] };
}

function readiness(size: number, { succeeded }: { readonly succeeded: number }): Finding {
  const message = `${succeeded} of ${size} Jobs have succeeded`;
  return succeeded >= size
    ? { status: 'True', reason: 'EnoughSucceeded', message }
    : { status: 'False', reason: 'TooFewSucceeded', message };
}

function degradation(failed: readonly string[]): Finding {
  if (failed.length === 0) return { status: 'False', reason: 'NoneFailed', message: 'No Job has failed' };
  const more = failed.length > MAX_NAMES ? ` and ${failed.length - MAX_NAMES} more` : '';
  return { status: 'True', reason: 'JobsFailed', message: `Failed: ${failed.slice(0, MAX_NAMES).join(', ')}${more}` };
}

/** The spec is invalid: another version of the CRD accepted it. */
function invalid({ spec }: JobTracker): { ready: Finding; degraded: Finding } {
  const [error] = Value.Errors(jobTrackerSpecSchema, spec);
  const message = `spec${error?.instancePath.replaceAll('/', '.') ?? ''} ${error?.message ?? 'is invalid'}`;
  const finding = { reason: 'InvalidSpec', message };
  return { ready: { status: 'Unknown', ...finding }, degraded: { status: 'True', ...finding } };
}
