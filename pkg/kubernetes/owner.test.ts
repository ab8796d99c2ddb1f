import { expect, test } from 'vitest';
import type { KubernetesObject } from './object.ts';
import { controllerOf, ownerReference } from './owner.ts';
import type { Resource } from './resource.ts';

const jobs: Resource<KubernetesObject> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};

test('an owner reference names the owner by its uid and finds it again', () => {
  const reference = ownerReference(jobs, { metadata: { name: 'report', uid: '1-2-3' } });
  expect(reference).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', name: 'report', uid: '1-2-3' });
  const other = { ...reference, uid: '4-5-6', controller: false };
  expect(controllerOf({ metadata: { name: 'pod', ownerReferences: [other, reference] } })).toBe(reference);
  expect(controllerOf({ metadata: { name: 'pod' } })).toBeUndefined();
});

test('an object without a uid cannot be an owner', () => {
  expect(() => ownerReference(jobs, { metadata: { name: 'report' } })).toThrow('Job report has no uid');
});
