import { expect, test } from 'vitest';
import { problems } from '../../test/support/load-files.ts';

test('an election by Leases requires Kubernetes to be enabled', () => {
  const set = ['leaderElection=kubernetes'];
  expect(problems({}, { set })).toMatchObject([{ key: 'leaderElection' }]);
  expect(problems({}, { set: [...set, 'kubernetes.enabled=true'] })).toEqual([]);
});
