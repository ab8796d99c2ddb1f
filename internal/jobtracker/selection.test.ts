import { expect, test } from 'vitest';
import type { LabelSelector } from '../../pkg/kubernetes/label-selector.ts';
import { selectJobs, trackersOf, trackersOfPod } from './selection.ts';
import { createCluster, job, pod, tracker } from './testdata/cluster.ts';

test.each<[selector: LabelSelector, selected: string[]]>([
  [{ matchLabels: { app: 'import' } }, ['a', 'b']],
  [{ matchLabels: { app: 'import', tier: 'x' } }, ['b']],
  [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, ['b', 'c']],
])('the selector %j selects the Jobs %j, and each of them leads back to the tracker', (selector, selected) => {
  const cluster = createCluster({
    trackers: [tracker({ selector })],
    jobs: [
      job('a', 'active'),
      job('b', 'active', { app: 'import', tier: 'x' }),
      job('c', 'active', { app: 'export', tier: 'x' }),
    ],
  });
  expect(selectJobs(selector, 'shop', cluster).map(({ metadata }) => metadata.name)).toEqual(selected);
  const leading = [...cluster.jobs.values()].filter((each) => trackersOf(each, cluster).length > 0);
  expect(leading.map(({ metadata }) => metadata.name)).toEqual(selected);
});

test('a Pod leads to the trackers of the Job that owns it', () => {
  const cluster = createCluster({ trackers: [tracker()], jobs: [job('a', 'active')] });
  expect(trackersOfPod(pod('1', 'a'), cluster)).toEqual([tracker()]);
  expect(trackersOfPod(pod('2', 'unknown'), cluster)).toEqual([]);
  expect(trackersOfPod({ metadata: { name: '3', namespace: 'shop' } }, cluster)).toEqual([]);
});

test('Jobs and trackers of other namespaces are left alone', () => {
  const cluster = createCluster({ trackers: [tracker({}, { namespace: 'other' })], jobs: [job('a', 'active')] });
  expect(trackersOf(job('a', 'active'), cluster)).toEqual([]);
  expect(selectJobs({ matchLabels: { app: 'import' } }, 'other', cluster)).toEqual([]);
});
