import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import type { Leadership } from '../../pkg/kubernetes/leader-election.ts';
import { createMetrics } from '../../pkg/metrics/metrics.ts';
import type { Controller } from './controller.ts';
import { createWorkers } from './workers.ts';

/** An election that the test decides. */
function createElection() {
  const { promise: campaigning, resolve } = Promise.withResolvers<(leadership: Leadership) => Promise<void>>();
  const terms = new Set<AbortController>();
  return {
    leading: false,
    start: resolve,
    async stop() {
      for (const term of terms) term.abort();
    },
    /** Elects this candidate. `ended` resolves when its work has ended. */
    async elect() {
      const term = new AbortController();
      terms.add(term);
      const work = await campaigning;
      return { term, ended: work({ signal: term.signal, lost: term.signal, valid: () => !term.signal.aborted }) };
    },
  };
}

function createFixture(election?: ReturnType<typeof createElection>) {
  const reconciled: string[] = [];
  const enqueues = new Set<(key: string) => void>();
  const controller: Controller = {
    name: 'things',
    watch(enqueue) {
      enqueues.add(enqueue);
      enqueue('shop/first');
      return () => enqueues.delete(enqueue);
    },
    async reconcile(key) {
      reconciled.push(key);
    },
  };
  const synced = Promise.withResolvers<void>();
  const workers = createWorkers(
    { concurrency: 2, reconcileTimeoutMs: 1_000 },
    {
      controllers: [controller],
      caches: { whenSynced: () => synced.promise },
      election,
      client: {} as KubernetesClient,
      createEvents: () => ({ record() {}, async flush() {} }),
      metrics: createMetrics(),
      tracer: undefined,
      logger: pino({ enabled: false }),
    },
  );
  return { workers, reconciled, enqueues, synced, signal: new AbortController().signal };
}

test('a replica works only while it leads, once its caches are synced, and again when it is elected again', async () => {
  const election = createElection();
  const { workers, reconciled, enqueues, synced, signal } = createFixture(election);
  await workers.start?.(signal);
  const first = await election.elect();
  await turn();
  expect(reconciled).toEqual([]);
  synced.resolve();
  await expect.poll(() => reconciled).toEqual(['shop/first']);

  first.term.abort();
  await first.ended;
  expect(enqueues.size).toBe(0);

  const second = await election.elect();
  await expect.poll(() => reconciled).toEqual(['shop/first', 'shop/first']);
  for (const enqueue of enqueues) enqueue('shop/second');
  await expect.poll(() => reconciled.at(-1)).toBe('shop/second');
  await workers.stop?.(signal);
  await second.ended;
});

test('without an election, the replica works until it stops', async () => {
  const { workers, reconciled, synced, enqueues, signal } = createFixture();
  await workers.start?.(signal);
  synced.resolve();
  await expect.poll(() => reconciled).toEqual(['shop/first']);
  await workers.stop?.(signal);
  expect(enqueues.size).toBe(0);
});
