import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKubernetesClient, type KubernetesClient } from '../../../pkg/kubernetes/client.ts';
import { createEventRecorder, events } from '../../../pkg/kubernetes/events.ts';
import { addFinalizer, removeFinalizer } from '../../../pkg/kubernetes/finalizer.ts';
import { findConnection } from '../../../pkg/kubernetes/find-connection.ts';
import type { KubernetesObject } from '../../../pkg/kubernetes/object.ts';
import { ownerReference } from '../../../pkg/kubernetes/owner.ts';
import type { Resource } from '../../../pkg/kubernetes/resource.ts';
import { type ApiServer, startApiServer } from '../../support/kubernetes/api-server.ts';

const configMaps: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const finalizer = 'example.com/cleanup';

let server: ApiServer;
let client: KubernetesClient;
beforeAll(async () => {
  server = await startApiServer();
  client = createKubernetesClient({
    connection: findConnection({ KUBECONFIG: server.adminKubeconfig }),
    userAgent: 'proof',
  });
});
afterAll(async () => {
  await client?.close();
  await server?.stop();
});

test('the API server accepts events with the longest name and note, and their series', async () => {
  const name = `${'a'.repeat(200)}.${'b'.repeat(52)}`;
  const object = await client.create(configMaps, { metadata: { name, namespace: 'default' } });
  const errors: object[] = [];
  const log = (fields: object) => void errors.push(fields);
  const recorder = createEventRecorder(
    { controller: 'example.com/proof', instance: 'p'.repeat(300) },
    { client, logger: { info: log, warn: log, error: log } },
  );
  for (let index = 0; index < 5; index++) {
    recorder.record(configMaps, object, {
      type: 'Warning',
      reason: 'Failed',
      action: 'Reconcile',
      note: '€'.repeat(1_000),
    });
  }
  recorder.record(configMaps, object, { reason: 'Done', action: 'Reconcile', note: 'done' });
  await recorder.flush(AbortSignal.timeout(30_000));
  expect(errors).toEqual([]);
  const { items } = await client.list(events, { namespace: 'default' });
  const own = items.filter(({ reportingController }) => reportingController === 'example.com/proof');
  expect(own.map(({ reason, type, series }) => [reason, type, series?.count]).toSorted()).toEqual([
    ['Done', 'Normal', undefined],
    ['Failed', 'Warning', 4],
  ]);
  expect(own[0]?.regarding).toMatchObject({ kind: 'ConfigMap', name, uid: object.metadata.uid });
});

test('a finalizer delays a deletion until it is removed, and rejects an outdated version', async () => {
  const created = await client.create(configMaps, { metadata: { name: 'b', namespace: 'default' } });
  const target = { resource: configMaps, object: created, finalizer };
  const object = await addFinalizer(client, target);
  await expect(addFinalizer(client, target)).rejects.toMatchObject({ reason: 'Conflict' });
  await client.delete(configMaps, 'b', { namespace: 'default' });
  const deleting = await client.get(configMaps, 'b', { namespace: 'default' });
  expect(deleting.metadata.deletionTimestamp).toBeDefined();
  await expect(removeFinalizer(client, { ...target, object })).rejects.toMatchObject({ reason: 'Conflict' });
  await removeFinalizer(client, { ...target, object: deleting });
  await expect(client.get(configMaps, 'b', { namespace: 'default' })).rejects.toMatchObject({ reason: 'NotFound' });
  await removeFinalizer(client, { ...target, object: deleting });
});

test('the API server accepts an owner reference', async () => {
  const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace: 'default' } });
  const reference = ownerReference(configMaps, owner);
  const owned = await client.create(configMaps, {
    metadata: { name: 'owned', namespace: 'default', ownerReferences: [reference] },
  });
  expect(owned.metadata.ownerReferences).toEqual([reference]);
});
