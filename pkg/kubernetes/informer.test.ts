import { expect, onTestFinished, test } from 'vitest';
import { type StubApi, startStubApi } from '../../template/support/kubernetes/stub-api.ts';
import { createKubernetesClient } from './client.ts';
import { createInformer, type Informer, type InformerOptions } from './informer.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

interface Thing extends KubernetesObject {
  size?: number;
}

const things: Resource<Thing> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  namespaced: true,
};

interface Started {
  readonly informer: Informer<Thing>;
  /** `added shop/a`, in order. */
  readonly events: string[];
  /** `warn message`, in order. */
  readonly lines: string[];
}

function start(stub: StubApi, options: Partial<InformerOptions<Thing>> = {}, watchIdleMs = 60_000): Started {
  const [events, lines]: string[][] = [[], []];
  const log = (level: string) => (fields: object, message: string) => {
    const { err } = fields as { err?: unknown };
    lines?.push(`${level} ${message}${err instanceof Error ? `: ${err.message}` : ''}`);
  };
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  const client = createKubernetesClient({ connection: stub.connection(), userAgent: 'skiff/1.0', watchIdleMs });
  const informer = createInformer({ resource: things, namespace: 'shop', ...options }, { client, logger });
  informer.subscribe(({ type, object, old }) => {
    const change = old === undefined ? '' : ` ${old.metadata.resourceVersion}→${object.metadata.resourceVersion}`;
    events?.push(`${type} ${object.metadata.name}${change}`);
  });
  informer.start();
  onTestFinished(async () => {
    await informer.stop();
    await client.close();
  });
  return { informer, events: events ?? [], lines: lines ?? [] };
}

const thing = (name: string, uid = name): Thing => ({ metadata: { name, namespace: 'shop', uid } });
const kindsOf = (stub: StubApi) => stub.requests.map(({ query }) => (query.watch ? 'watch' : 'list'));
const watching = (stub: StubApi) => expect.poll(() => stub.watches).toBe(1);

test('the cache is filled page by page and then follows the changes since the list', async () => {
  const stub = await startStubApi();
  for (const name of ['a', 'b', 'c']) stub.put(thing(name));
  const { informer, events } = start(stub, { pageSize: 2, labelSelector: 'app=x' });
  expect(informer.synced).toBe(false);
  await informer.whenSynced();
  expect([...informer.list()]).toHaveLength(3);
  await watching(stub);
  expect(stub.requests.map(({ path, query }) => [path, query])).toMatchObject([
    ['/apis/example.com/v1/namespaces/shop/things', { limit: '2', labelSelector: 'app=x' }],
    ['/apis/example.com/v1/namespaces/shop/things', { limit: '2', continue: '2' }],
    ['/apis/example.com/v1/namespaces/shop/things', { watch: 'true', resourceVersion: '4', labelSelector: 'app=x' }],
  ]);
  expect(Number(stub.requests[2]?.query.timeoutSeconds)).toBeGreaterThanOrEqual(300);
  stub.put(thing('a'));
  stub.put(thing('d'));
  stub.remove('b');
  await expect.poll(() => events.slice(3)).toEqual(['updated a 2→5', 'added d', 'deleted b']);
  expect(informer.get('shop/a')?.metadata.resourceVersion).toBe('5');
  expect(informer.get('shop/b')).toBeUndefined();
  expect(informer.failure).toBeUndefined();
});

test('an index finds objects, and fields that are not needed are dropped', async () => {
  const stub = await startStubApi();
  stub.put({ ...thing('a'), size: 1, metadata: { ...thing('a').metadata, managedFields: [{}] } } as Thing);
  const { informer } = start(stub, {
    indexes: { size: ({ size = 0 }) => [String(size)] },
    transform: ({ metadata, size = 0 }) => ({ metadata, size: size + 1 }),
  });
  await informer.whenSynced();
  expect(informer.byIndex('size', '2')).toEqual([
    { metadata: { name: 'a', namespace: 'shop', uid: 'a', resourceVersion: '2' }, size: 2 },
  ]);
});

test('a watch that ends or is cut continues from the last version without a list', async () => {
  const stub = await startStubApi();
  const { informer, events, lines } = start(stub);
  await informer.whenSynced();
  await watching(stub);
  stub.put(thing('a'));
  await expect.poll(() => events).toEqual(['added a']);
  stub.endWatches();
  stub.put(thing('b'));
  await expect.poll(() => events).toEqual(['added a', 'added b']);
  stub.bookmark();
  stub.cutWatches();
  stub.put(thing('c'));
  await expect.poll(() => events).toEqual(['added a', 'added b', 'added c']);
  expect(kindsOf(stub)).toEqual(['list', 'watch', 'watch', 'watch']);
  expect(stub.requests.at(-1)?.query.resourceVersion).toBe('3');
  expect(lines).toEqual([]);
});

test('a watch that falls silent is replaced', async () => {
  const stub = await startStubApi();
  const { lines } = start(stub, {}, 100);
  await expect.poll(() => kindsOf(stub).slice(0, 3)).toEqual(['list', 'watch', 'watch']);
  expect(lines).toEqual([]);
});

test('the cache is listed again when the API server no longer has the changes, including what was deleted', async () => {
  const stub = await startStubApi();
  for (const name of ['a', 'b', 'c']) stub.put(thing(name));
  const { informer, events, lines } = start(stub);
  await informer.whenSynced();
  await watching(stub);
  stub.cutWatches();
  stub.remove('a');
  stub.put(thing('b'));
  stub.remove('c');
  stub.put(thing('c', 'another'));
  stub.compact();
  await expect.poll(() => kindsOf(stub)).toEqual(['list', 'watch', 'watch', 'list', 'watch']);
  expect(events.slice(3)).toEqual(['updated b 3→6', 'deleted c', 'added c', 'deleted a']);
  expect(informer.get('shop/c')?.metadata.uid).toBe('another');
  expect(lines).toEqual([]);
});

test('a missing CRD is reported once, and the cache is filled when it appears', async () => {
  const stub = await startStubApi();
  stub.replyAlways({ status: 404, body: '404 page not found' });
  const { informer, lines } = start(stub);
  await expect.poll(() => stub.requests.length).toBeGreaterThanOrEqual(3);
  expect(informer.synced).toBe(false);
  expect(informer.failure).toBe('kubernetes: list things.example.com in shop: 404 404 page not found');
  stub.replyAlways(undefined);
  await informer.whenSynced();
  expect(lines).toEqual([
    expect.stringMatching(
      /^warn informer of things.example.com: the resource does not exist: its CRD or namespace is missing/,
    ),
    'info informer of things.example.com: recovered',
  ]);
});

test('a missing permission is an error that names the rule, and is tried again', async () => {
  const stub = await startStubApi();
  const message = 'User "u" cannot list resource "things" in API group "example.com"';
  stub.replyAlways({ status: 403, body: { kind: 'Status', reason: 'Forbidden', message } });
  const { informer, lines } = start(stub);
  await expect.poll(() => stub.requests.length).toBeGreaterThanOrEqual(2);
  expect(lines).toEqual([
    expect.stringMatching(
      /^error informer of things.example.com failed: .*resources: \["things"\], verbs: \["list"\] }$/,
    ),
  ]);
  stub.replyAlways(undefined);
  await informer.whenSynced();
});

test('during an outage the cache keeps its objects and stays synced', async () => {
  const stub = await startStubApi();
  stub.put(thing('a'));
  const { informer, lines } = start(stub);
  await informer.whenSynced();
  await watching(stub);
  stub.replyAlways('reset');
  stub.cutWatches();
  await expect.poll(() => lines).toEqual([expect.stringMatching(/^warn .*: the API server is unavailable/)]);
  expect(informer).toMatchObject({ synced: true, failure: expect.stringContaining('no response') });
  expect(informer.get('shop/a')).toBeDefined();
  stub.replyAlways(undefined);
  await expect.poll(() => lines[1]).toBe('info informer of things.example.com: recovered');
});

test('the next attempt waits at least as long as the API server asks for', async () => {
  const stub = await startStubApi();
  stub.replyNext({ status: 503, headers: { 'retry-after': '11' } });
  const { informer } = start(stub);
  await expect.poll(() => informer.failure).toContain('503');
  await expect(informer.whenSynced(AbortSignal.timeout(1_000))).rejects.toThrow('timeout');
  expect(stub.requests).toHaveLength(1);
});

test('stop ends the watch, also while waiting for the next attempt', async () => {
  const stub = await startStubApi();
  const { informer } = start(stub);
  await watching(stub);
  await informer.stop();
  await expect.poll(() => stub.watches).toBe(0);
  stub.replyAlways({ status: 500 });
  const failing = start(stub);
  await expect.poll(() => failing.lines.length).toBe(1);
  await failing.informer.stop();
});

test('a handler is no longer called once its subscription has ended', async () => {
  const stub = await startStubApi();
  const { informer, events } = start(stub);
  const calls: string[] = [];
  const unsubscribe = informer.subscribe(({ type }) => calls.push(type));
  await watching(stub);
  stub.put(thing('a'));
  await expect.poll(() => calls).toEqual(['added']);
  unsubscribe();
  stub.remove('a');
  await expect.poll(() => events).toEqual(['added a', 'deleted a']);
  expect(calls).toEqual(['added']);
});
