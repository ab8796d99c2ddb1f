import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type StubApi, startStubApi } from '../../template/support/kubernetes/stub-api.ts';
import { createKubernetesClient, type KubernetesClientOptions } from './client.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';
import { readWatchEvents, type WatchEvent } from './watch.ts';

const configMaps: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

interface Watch {
  readonly events: WatchEvent<KubernetesObject>[];
  readonly ended: Promise<void>;
  readonly abort: AbortController;
}

async function startWatch(stub: StubApi, options: Partial<KubernetesClientOptions> = {}): Promise<Watch> {
  const client = createKubernetesClient({ connection: stub.connection(), userAgent: 'skiff/1.0', ...options });
  onTestFinished(() => client.close());
  const events: WatchEvent<KubernetesObject>[] = [];
  const abort = new AbortController();
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const watch = client.watch(configMaps, { resourceVersion: '1', labelSelector: 'a=b', signal: abort.signal, onOpen });
  const ended = (async () => {
    for await (const event of watch) events.push(event);
  })();
  await Promise.race([opened, ended]);
  return { events, ended, abort };
}

test('a watch asks for bookmarks and returns events until the API server ends it', async () => {
  const stub = await startStubApi();
  const { events, ended } = await startWatch(stub);
  expect(stub.requests[0]).toMatchObject({
    path: '/api/v1/configmaps',
    query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '1', labelSelector: 'a=b' },
  });
  stub.put({ metadata: { name: 'a' } });
  stub.bookmark();
  stub.remove('a');
  stub.endWatches();
  await ended;
  expect(events.map(({ type, object }) => [type, object.metadata.resourceVersion])).toEqual([
    ['ADDED', '2'],
    ['BOOKMARK', '2'],
    ['DELETED', '3'],
  ]);
});

test('an event may arrive in pieces, several at once, and with the last one incomplete', async () => {
  const line = Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"é"}}}\n');
  const middle = line.indexOf(0xc3) + 1;
  const last = Buffer.concat([line.subarray(middle + 1), line, line.subarray(0, 10)]);
  const chunks = [line.subarray(0, middle), line.subarray(middle, middle + 1), last];
  const events = readWatchEvents<KubernetesObject>(Readable.from(chunks), { verb: 'watch', resource: configMaps });
  const names: string[] = [];
  for await (const { object } of events) names.push(object.metadata.name);
  expect(names).toEqual(['é', 'é']);
});

test('changes that the API server no longer has are an error with the reason Expired, also during a watch', async () => {
  const stub = await startStubApi();
  const { ended } = await startWatch(stub);
  stub.sendError({ kind: 'Status', code: 410, reason: 'Gone', message: 'too old' });
  await expect(ended).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  stub.put({ metadata: { name: 'a' } });
  stub.compact();
  await expect(startWatch(stub)).rejects.toMatchObject({ status: 410, reason: 'Expired' });
});

test('a connection that falls silent, one that is reset, and a line that is not JSON end the watch with an error', async () => {
  const stub = await startStubApi();
  const silent = await startWatch(stub, { watchIdleMs: 100 });
  await expect(silent.ended).rejects.toMatchObject({ code: 'KUBERNETES_TIMEOUT' });
  const cut = await startWatch(stub);
  stub.cutWatches();
  await expect(cut.ended).rejects.toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
  const garbled = await startWatch(stub);
  stub.sendRaw('nonsense\n');
  await expect(garbled.ended).rejects.toMatchObject({ code: 'KUBERNETES_PROTOCOL' });
});

test('an aborted watch rejects with the reason of its signal and closes its connection', async () => {
  const stub = await startStubApi();
  const { ended, abort } = await startWatch(stub);
  abort.abort(new Error('enough'));
  await expect(ended).rejects.toThrow('enough');
  await expect.poll(() => stub.watches).toBe(0);
});
