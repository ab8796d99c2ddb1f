import { once } from 'node:events';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import type { KubernetesObject } from '../../pkg/kubernetes/object.ts';
import { createCaches } from './caches.ts';

const signal = new AbortController().signal;
const things = { group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

/** Lists one object and then reports no change, because unit tests have no API server. Records the namespaces. */
function createClient() {
  const namespaces: unknown[] = [];
  const client = {
    async list(_resource: unknown, { namespace }: { namespace?: string }) {
      namespaces.push(namespace);
      return { items: [{ metadata: { name: 'first', namespace: 'shop', uid: '1' } }], resourceVersion: '1' };
    },
    async *watch(_resource: unknown, options: { signal: AbortSignal }) {
      await once(options.signal, 'abort');
      yield* [];
    },
  };
  return { namespaces, client: client as unknown as KubernetesClient };
}

test('readiness names each cache that is not filled yet, and passes once all are', async () => {
  const { client, namespaces } = createClient();
  const caches = createCaches({ namespace: 'shop' }, { client, logger: pino({ enabled: false }) });
  const cache = caches.createCache<KubernetesObject>({ resource: things });
  expect(() => caches.check.check(signal)).toThrow('informer of things.example.com: not started');

  for (const component of caches.components()) await component.start?.(signal);
  await caches.whenSynced(signal);
  expect(caches.check.check(signal)).toBeUndefined();
  expect([namespaces, cache.get('shop/first')?.metadata.uid]).toEqual([['shop'], '1']);
  for (const component of caches.components()) await component.stop?.(signal);
});
