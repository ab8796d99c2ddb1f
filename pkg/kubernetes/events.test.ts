import { expect, onTestFinished, test } from 'vitest';
import { type ObjectApi, startObjectApi } from '../../template/support/kubernetes/object-api.ts';
import { createKubernetesClient } from './client.ts';
import { createEventRecorder, type EventDescription } from './events.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

const jobs: Resource<KubernetesObject> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};
const JOB: KubernetesObject = { metadata: { name: 'report', namespace: 'shop', uid: '1-2-3', resourceVersion: '7' } };
const EVENT: EventDescription = { type: 'Warning', reason: 'Failed', action: 'Reconcile', note: 'no such image' };

async function setUp() {
  const api = await startObjectApi();
  const client = createKubernetesClient({ connection: api.connection(), userAgent: 'test' });
  onTestFinished(() => client.close());
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const logger = { info: log, warn: log, error: log };
  const recorder = createEventRecorder({ controller: 'example.com/jobs', instance: 'pod-1' }, { client, logger });
  const flush = () => recorder.flush(AbortSignal.timeout(30_000));
  return { api, recorder, flush, lines };
}

function methods({ writes }: ObjectApi): string[] {
  return writes.map(({ method }) => method);
}

test('an event describes the object, the controller and the process', async () => {
  const { api, recorder, flush } = await setUp();
  recorder.record(jobs, JOB, EVENT);
  await flush();
  expect(api.writes).toMatchObject([
    {
      method: 'POST',
      path: '/apis/events.k8s.io/v1/namespaces/shop/events',
      body: {
        metadata: { name: expect.stringMatching(/^report\.[\da-f-]{36}$/), namespace: 'shop' },
        eventTime: expect.stringMatching(/\.\d{6}Z$/),
        type: 'Warning',
        reason: 'Failed',
        action: 'Reconcile',
        note: 'no such image',
        regarding: { apiVersion: 'batch/v1', kind: 'Job', name: 'report', namespace: 'shop', uid: '1-2-3' },
        reportingController: 'example.com/jobs',
        reportingInstance: 'pod-1',
      },
    },
  ]);
});

test('a thousand repetitions of an event are written ten times, as a series', async () => {
  const { api, recorder, flush } = await setUp();
  for (let index = 0; index < 1_000; index++) {
    recorder.record(jobs, JOB, { ...EVENT, note: `attempt ${index}` });
    if (index % 100 === 0) await flush();
  }
  await flush();
  expect(methods(api)).toEqual(['POST', ...new Array(9).fill('PATCH')]);
  expect(api.writes.at(-1)?.body).toEqual({
    series: { count: 512, lastObservedTime: expect.stringMatching(/\.\d{6}Z$/) },
  });
});

test('another reason or another object is another event', async () => {
  const { api, recorder, flush } = await setUp();
  recorder.record(jobs, JOB, EVENT);
  recorder.record(jobs, JOB, { ...EVENT, reason: 'Other' });
  recorder.record(jobs, { metadata: { ...JOB.metadata, uid: '4-5-6' } }, EVENT);
  await flush();
  expect(methods(api)).toEqual(['POST', 'POST', 'POST']);
});

test('a series whose event has expired starts over with the next repetition', async () => {
  const { api, recorder, flush } = await setUp();
  recorder.record(jobs, JOB, EVENT);
  await flush();
  api.remove(api.writes[0]?.body.metadata.name ?? '');
  recorder.record(jobs, JOB, EVENT);
  await flush();
  recorder.record(jobs, JOB, EVENT);
  await flush();
  expect(methods(api)).toEqual(['POST', 'POST']);
});

test('events of cluster-scoped objects go to the namespace default', async () => {
  const { api, recorder, flush } = await setUp();
  recorder.record({ ...jobs, namespaced: false }, { metadata: { name: 'node' } }, EVENT);
  await flush();
  expect(api.writes[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
});

test('a failure to write events is logged once and disturbs nobody', async () => {
  const { api, recorder, flush, lines } = await setUp();
  api.treat(() => 'fail');
  for (let index = 0; index < 3; index++) recorder.record(jobs, JOB, { ...EVENT, reason: `Reason${index}` });
  await flush();
  api.treat(() => 'serve');
  recorder.record(jobs, JOB, { ...EVENT, reason: 'Last' });
  await flush();
  expect(lines).toEqual(['event recorder: the API server is unavailable', 'event recorder: recovered']);
});

test('events beyond a thousand waiting ones are lost, with one warning', async () => {
  const { api, recorder, flush, lines } = await setUp();
  for (let index = 0; index < 1_100; index++) recorder.record(jobs, JOB, { ...EVENT, reason: `Reason${index}` });
  await flush();
  expect(methods(api)).toHaveLength(1_000);
  expect(lines).toEqual(['event recorder: too many events are waiting; further ones are lost']);
  recorder.record(jobs, JOB, { ...EVENT, reason: 'Later' });
  await flush();
  expect(methods(api)).toHaveLength(1_001);
});

test('flush gives up when its signal aborts', async () => {
  const { api, recorder } = await setUp();
  api.treat(() => 'hang');
  recorder.record(jobs, JOB, EVENT);
  await recorder.flush(AbortSignal.timeout(20));
  await recorder.flush(AbortSignal.abort());
});

test('names and notes are cut to what the API server accepts', async () => {
  const { api, recorder, flush } = await setUp();
  const name = `${'a'.repeat(215)}.${'b'.repeat(37)}`;
  recorder.record(jobs, { metadata: { ...JOB.metadata, name } }, { ...EVENT, note: '€'.repeat(1_000) });
  await flush();
  const { metadata, note } = api.writes[0]?.body ?? { metadata: { name: '' } };
  expect(metadata.name).toMatch(/^a{215}\.[\da-f-]{36}$/);
  expect(note).toBe('€'.repeat(341));
});
