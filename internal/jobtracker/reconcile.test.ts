import { expect, test } from 'vitest';
import { KubernetesError } from '../../pkg/kubernetes/errors.ts';
import { createRecording } from '../controller/testdata/recording.ts';
import type { JobTracker } from './model.ts';
import { createReconcile, FINALIZER } from './reconcile.ts';
import { statusOf } from './status.ts';
import { createCluster, job, tracker } from './testdata/cluster.ts';

const FINALIZERS = { finalizers: [FINALIZER] };

/** Reconciles a tracker once, and a deleted one. Returns the writes. */
async function reconcile(object: JobTracker, jobs = [job('a', 'succeeded')], fail?: KubernetesError) {
  const { calls, context } = createRecording({ ...(fail && { fail }) });
  const run = createReconcile({ caches: createCluster({ trackers: [object], jobs }), fieldManager: 'test' });
  await run('shop/tracker', context);
  await run('shop/deleted', context);
  return calls;
}

test('first a new tracker gets the finalizer', async () => {
  expect(await reconcile(tracker())).toEqual([
    ['patch', 'tracker', { metadata: { resourceVersion: '7', finalizers: [FINALIZER] } }],
  ]);
});

test('writes the status with the cached version as a precondition, and an Event for each condition that became true', async () => {
  const jobs = [job('a', 'succeeded'), job('b', 'succeeded'), job('c', 'failed')];
  const calls = await reconcile(tracker({}, FINALIZERS), jobs);
  expect(calls).toEqual([
    [
      ...['apply', 'status'],
      expect.objectContaining({
        apiVersion: 'batch.example.com/v1',
        kind: 'JobTracker',
        metadata: { name: 'tracker', namespace: 'shop', resourceVersion: '7' },
        status: expect.objectContaining({ succeeded: 2, failed: 1 }),
      }),
    ],
    ['event', 'EnoughSucceeded', '2 of 2 Jobs have succeeded'],
    ['event', 'JobsFailed', 'Failed: c'],
  ]);
});

test('writes nothing while the status is true', async () => {
  const current = tracker({}, FINALIZERS);
  const status = statusOf(current, createCluster({ jobs: [job('a', 'succeeded')] }));
  expect(await reconcile({ ...current, status })).toEqual([]);
});

test('records the outcome of a deleted tracker before it removes the finalizer, and leaves those of others', async () => {
  const deleted = { deletionTimestamp: '2026-11-26T10:00:00Z' };
  expect(await reconcile(tracker({}, { ...deleted, finalizers: ['x/y', FINALIZER] }))).toEqual([
    ['event', 'Deleted', 'Stopped tracking: 1 Jobs have succeeded, 0 have failed, 0 are active'],
    ['flush'],
    ['patch', 'tracker', { metadata: { resourceVersion: '7', finalizers: ['x/y'] } }],
  ]);
  expect(await reconcile(tracker({}, { ...deleted, finalizers: ['x/y'] }))).toEqual([]);
});

test('a tracker that was deleted meanwhile is no failure, but a conflict is, so that it is tried again', async () => {
  const failure = (reason: string) => new KubernetesError('no', { code: 'KUBERNETES_REJECTED', reason });
  await reconcile(tracker({}, FINALIZERS), [], failure('NotFound'));
  await expect(reconcile(tracker({}, FINALIZERS), [], failure('Conflict'))).rejects.toThrow('kubernetes: no');
});
