import { applyStatus } from '../../pkg/kubernetes/apply-status.ts';
import { isKubernetesError } from '../../pkg/kubernetes/errors.ts';
import { addFinalizer, removeFinalizer } from '../../pkg/kubernetes/finalizer.ts';
import type { Condition } from '../../pkg/kubernetes/object.ts';
import type { ReconcileContext } from '../controller/controller.ts';
import { type JobTracker, type JobTrackerStatus, jobTrackers } from './model.ts';
import type { Caches } from './selection.ts';
import { statusOf } from './status.ts';

/** Keeps a deleted tracker until its outcome is recorded, even if the controller is not running when it is deleted. */
export const FINALIZER = `${jobTrackers.group}/final-report`;

export interface ReconcileDependencies {
  caches: Caches & { readonly trackers: { get(key: string): JobTracker | undefined } };
  /** Owner of the status in server-side apply. */
  fieldManager: string;
}

/**
 * Returns the function that makes the status of a tracker true. It looks only at the current state, never at what changed,
 * and writes nothing if the status is true already.
 */
export function createReconcile({ caches, fieldManager }: ReconcileDependencies) {
  async function update(tracker: JobTracker, { client, events, signal }: ReconcileContext): Promise<void> {
    const status = statusOf(tracker, caches);
    const written = await applyStatus(
      client,
      { resource: jobTrackers, object: tracker, status },
      { fieldManager, signal },
    );
    if (!written) return;
    for (const event of transitions(tracker.status, status)) {
      events.record(jobTrackers, tracker, { ...event, action: 'Track' });
    }
  }

  async function finalize(tracker: JobTracker, { client, events, signal }: ReconcileContext): Promise<void> {
    if (!tracker.metadata.finalizers?.includes(FINALIZER)) return;
    const { succeeded, failed, active } = statusOf(tracker, caches);
    const note = `Stopped tracking: ${succeeded} Jobs have succeeded, ${failed} have failed, ${active} are active`;
    events.record(jobTrackers, tracker, { reason: 'Deleted', action: 'Finalize', note });
    // Waits, but not for success: Events cannot be created in a namespace that is being deleted.
    await events.flush(signal);
    await removeFinalizer(client, { resource: jobTrackers, object: tracker, finalizer: FINALIZER }, { signal });
  }

  /** Adds the finalizer. That changes the tracker, so its status is written in the next reconcile. */
  async function protect(tracker: JobTracker, { client, signal }: ReconcileContext): Promise<void> {
    await addFinalizer(client, { resource: jobTrackers, object: tracker, finalizer: FINALIZER }, { signal });
  }

  return async (key: string, context: ReconcileContext): Promise<void> => {
    const tracker = caches.trackers.get(key);
    if (tracker === undefined) return;
    const { deletionTimestamp, finalizers = [] } = tracker.metadata;
    try {
      if (deletionTimestamp !== undefined) await finalize(tracker, context);
      else if (finalizers.includes(FINALIZER)) await update(tracker, context);
      else await protect(tracker, context);
    } catch (error) {
      // Deleted since it was cached.
      if (!isKubernetesError(error, 'NotFound')) throw error;
    }
  };
}

interface Transition {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** Returns an Event for each condition that has become true. */
function transitions(before: JobTrackerStatus | undefined, after: JobTrackerStatus): Transition[] {
  const isTrue = (conditions: readonly Condition[] | undefined, type: string) =>
    conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  return after.conditions
    .filter(({ type, status }) => status === 'True' && !isTrue(before?.conditions, type))
    .map(({ type, reason, message }) => ({ type: type === 'Degraded' ? 'Warning' : 'Normal', reason, note: message }));
}
