import { expect, onTestFinished, test } from 'vitest';
import { startObjectApi } from '../../template/support/kubernetes/object-api.ts';
import { createKubernetesClient } from './client.ts';
import { addFinalizer, removeFinalizer } from './finalizer.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

const configMaps: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const finalizer = 'example.com/cleanup';

async function setUp(finalizers: readonly string[]) {
  const api = await startObjectApi();
  const client = createKubernetesClient({ connection: api.connection(), userAgent: 'test' });
  onTestFinished(() => client.close());
  const object = await client.create(configMaps, { metadata: { name: 'a', namespace: 'shop', finalizers } });
  return { api, client, target: { resource: configMaps, object, finalizer } };
}

test('a finalizer is added to those of other controllers, once', async () => {
  const { api, client, target } = await setUp(['other']);
  const object = await addFinalizer(client, target);
  expect(object.metadata.finalizers).toEqual(['other', finalizer]);
  expect(await addFinalizer(client, { ...target, object })).toBe(object);
  expect(api.writes).toHaveLength(2);
});

test('a finalizer is removed and those of other controllers stay', async () => {
  const { api, client, target } = await setUp(['other', finalizer]);
  await removeFinalizer(client, target);
  expect(api.find('/a')?.metadata.finalizers).toEqual(['other']);
});

test('an object that changed meanwhile is left unchanged', async () => {
  const { api, client, target } = await setUp([finalizer]);
  api.edit('/a', ({ metadata }) => ({ metadata: { ...metadata, finalizers: [finalizer, 'new'] } }));
  await expect(removeFinalizer(client, target)).rejects.toMatchObject({ reason: 'Conflict' });
  expect(api.find('/a')?.metadata.finalizers).toEqual([finalizer, 'new']);
});

test('removing a finalizer of an object that no longer exists, or that lacks it, does nothing', async () => {
  const { api, client, target } = await setUp([finalizer]);
  api.remove('/a');
  await removeFinalizer(client, target);
  await removeFinalizer(client, { ...target, finalizer: 'example.com/other' });
  expect(api.requests).toHaveLength(2);
});
