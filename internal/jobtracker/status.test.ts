import { expect, test } from 'vitest';
import type { JobTracker } from './model.ts';
import { statusOf } from './status.ts';
import { createCluster, job, pod, tracker } from './testdata/cluster.ts';

const T1 = new Date('2026-11-26T10:00:00Z');
const T2 = new Date('2026-11-26T11:00:00Z');

function conditionsOf(object: JobTracker, cluster = createCluster()): string[] {
  const { conditions } = statusOf(object, cluster, T1);
  return conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
}

test('counts the selected Jobs of the namespace and lists the nodes of their Pods', () => {
  const other = job('other', 'succeeded');
  const cluster = createCluster({
    jobs: [
      ...[job('a', 'active'), job('b', 'succeeded'), job('c', 'failed'), job('d', 'active')],
      ...[job('unrelated', 'failed', { app: 'export' }), { ...other, metadata: { ...other.metadata, namespace: 'x' } }],
    ],
    pods: [
      pod('1', 'a', 'node-b'),
      pod('2', 'a', 'node-a'),
      pod('3', 'b', 'node-b'),
      pod('4', 'd'),
      pod('5', 'z', 'z'),
    ],
  });
  expect(statusOf(tracker(), cluster)).toMatchObject({
    ...{ observedGeneration: 2, active: 2, succeeded: 1, failed: 1, nodes: ['node-a', 'node-b'] },
  });
});

test('is ready when enough Jobs have succeeded, and degraded when any has failed', () => {
  expect(conditionsOf(tracker())).toEqual([
    'Ready False TooFewSucceeded: 0 of 2 Jobs have succeeded',
    'Degraded False NoneFailed: No Job has failed',
  ]);
  const jobs = [
    job('a', 'succeeded'),
    job('b', 'succeeded'),
    ...['f', 'e', 'd', 'c'].map((name) => job(name, 'failed')),
  ];
  expect(conditionsOf(tracker(), createCluster({ jobs }))).toEqual([
    'Ready True EnoughSucceeded: 2 of 2 Jobs have succeeded',
    'Degraded True JobsFailed: Failed: c, d, e and 1 more',
  ]);
});

test('the same state gives an equal status later, and a condition keeps the time of its last transition', () => {
  const waiting = { ...tracker(), status: statusOf(tracker(), createCluster(), T1) };
  expect(statusOf(waiting, createCluster(), T2)).toEqual(waiting.status);
  const [ready, degraded] = statusOf(waiting, createCluster({ jobs: [job('a', 'failed')] }), T2).conditions;
  expect([ready?.lastTransitionTime, degraded?.lastTransitionTime]).toEqual([
    '2026-11-26T10:00:00Z',
    '2026-11-26T11:00:00Z',
  ]);
});

test('an invalid spec, which an earlier CRD may have accepted, is reported in the conditions', () => {
  const cluster = createCluster({ jobs: [job('a', 'succeeded')] });
  const invalid = tracker({ selector: { matchExpressions: [{ key: 'app', operator: 'Near' as 'In' }] } });
  expect(conditionsOf(invalid, cluster)).toEqual([
    expect.stringMatching(/^Ready Unknown InvalidSpec: spec\.selector\.matchExpressions\.0\.operator must/),
    expect.stringMatching(/^Degraded True InvalidSpec: /),
  ]);
  expect(statusOf(invalid, cluster)).toMatchObject({ active: 0, succeeded: 0, failed: 0 });
});
