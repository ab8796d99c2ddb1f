import { expect, test } from 'vitest';
import { createRecording } from '../../../internal/controller/testdata/recording.ts';
import type { SampleThing } from './model.ts';
import { createReconcile } from './reconcile.ts';

const OBJECT: SampleThing = {
  metadata: { name: 'first', namespace: 'default', resourceVersion: '7', generation: 2 },
  spec: { size: 3 },
};

async function reconcile(sampleThing: SampleThing | undefined) {
  const { calls, context } = createRecording();
  await createReconcile({ cache: { get: () => sampleThing }, fieldManager: 'test' })('default/first', context);
  return calls;
}

test('reports that a sample thing is ready, and then writes nothing', async () => {
  const [call] = await reconcile(OBJECT);
  const [verb, subresource, applied] = call ?? [];
  expect([verb, subresource]).toEqual(['apply', 'status']);
  const { status } = applied as SampleThing;
  expect(status).toMatchObject({
    observedGeneration: 2,
    conditions: [{ type: 'Ready', status: 'True', message: 'The size is 3' }],
  });
  expect(await reconcile({ ...OBJECT, ...(status && { status }) })).toEqual([]);
});

test('leaves a sample thing alone that is being deleted or does not exist', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  expect(await reconcile({ ...OBJECT, metadata: { ...OBJECT.metadata, deletionTimestamp } })).toEqual([]);
  expect(await reconcile(undefined)).toEqual([]);
});

// More tests: what the reconcile creates, changes and leaves alone.
