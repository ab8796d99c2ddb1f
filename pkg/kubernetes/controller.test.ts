import { once } from 'node:events';
import { trace } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startOtlpReceiver } from '../../template/support/otlp-receiver.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startTracing } from '../tracing/tracing.ts';
import { type Controller, type ControllerDependencies, createController } from './controller.ts';
import { createControllerMetrics } from './controller-metrics.ts';
import { KubernetesError } from './errors.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

const waitUntil = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 30_000, interval: 5 });

interface Line {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: object;
}

function createRecordingLogger() {
  const lines: Line[] = [];
  const at = (level: Line['level']) => (fields: object, message: string) => void lines.push({ level, message, fields });
  return { lines, logger: { info: at('info'), warn: at('warn'), error: at('error') } };
}

interface Setup {
  queue: WorkQueue;
  controller: Controller;
  lines: Line[];
}

function setUp(
  reconcile: ControllerDependencies['reconcile'],
  options: { concurrency?: number; reconcileTimeoutMs?: number } = {},
  dependencies: Partial<ControllerDependencies> = {},
): Setup {
  const queue = createWorkQueue({ name: 'test', backoff: { minMs: 5, maxMs: 20 } });
  const { lines, logger } = createRecordingLogger();
  const controller = createController({ name: 'test', ...options }, { queue, reconcile, logger, ...dependencies });
  return { queue, controller, lines };
}

function conflict(): KubernetesError {
  return new KubernetesError('update jobs.batch a: changed', { code: 'KUBERNETES_REJECTED', reason: 'Conflict' });
}

/** Never settles before the signal aborts; then rejects with its reason, as a request does. */
async function untilAbort(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

test('a key that fails again and again delays no other key', async () => {
  const calls: string[] = [];
  const { queue, controller } = setUp(async (key) => {
    calls.push(key);
    if (key === 'poison') throw new Error('poison');
  });
  queue.add('poison');
  controller.start();
  for (let index = 0; index < 100; index++) queue.add(`good ${index}`);
  await waitUntil(() => calls.length > 110);
  await controller.stop();
  expect(new Set(calls).size).toBe(101);
  expect(calls.filter((key) => key !== 'poison')).toHaveLength(100);
});

test('a failure is logged once, and its recovery too', async () => {
  let attempts = 0;
  const { queue, controller, lines } = setUp(async () => {
    if (++attempts < 5) throw new TypeError('no such field');
  });
  queue.add('shop/a');
  controller.start();
  await waitUntil(() => attempts === 5);
  await controller.stop();
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'reconcile failed'],
    ['info', 'reconcile recovered'],
  ]);
  expect(lines[0]?.fields).toMatchObject({ controller: 'test', key: 'shop/a', err: { message: 'no such field' } });
  expect(queue.retries('shop/a')).toBe(0);
});

test('a failure of another kind is logged, and an outage that affects many keys is one warning', async () => {
  let attempts = 0;
  const outage = new KubernetesError('no response', { code: 'KUBERNETES_UNAVAILABLE' });
  const { queue, controller, lines } = setUp(
    async () => {
      attempts++;
      throw attempts <= 30 ? outage : new Error('invalid');
    },
    { concurrency: 4 },
  );
  for (let index = 0; index < 10; index++) queue.add(`key ${index}`);
  controller.start();
  await waitUntil(() => attempts > 45);
  await controller.stop();
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'reconcile failed: the API server is unavailable'],
    ['error', 'reconcile failed'],
  ]);
});

test('a conflict is retried without a log line, unless it does not end', async () => {
  const metrics = createMetrics();
  let attempts = 0;
  const { queue, controller, lines } = setUp(
    async () => {
      attempts++;
      throw conflict();
    },
    {},
    { metrics: createControllerMetrics(metrics) },
  );
  queue.add('a');
  controller.start();
  await waitUntil(() => attempts >= 3);
  expect(lines).toEqual([]);
  expect((await metrics.expose()).body).toContain('controller_runtime_reconcile_errors_total{controller="test"} 0');
  await waitUntil(() => lines.length > 0);
  expect(attempts).toBeGreaterThan(10);
  await controller.stop();
});

test('a result with requeueAfterMs calls reconcile again after that time', async () => {
  const times: number[] = [];
  const { queue, controller } = setUp(async () => {
    times.push(performance.now());
    return { requeueAfterMs: times.length < 3 ? 30 : 0 };
  });
  queue.add('a');
  controller.start();
  await waitUntil(() => times.length === 3);
  await controller.stop();
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(28);
  expect(queue.length).toBe(0);
});

test('a reconcile that reaches its time limit is aborted, logged and tried again', async () => {
  const reasons: unknown[] = [];
  const { queue, controller, lines } = setUp(
    async (_key, { signal }) => {
      if (reasons.length > 0) return;
      await untilAbort(signal).catch((error) => {
        reasons.push(error);
        throw error;
      });
    },
    { reconcileTimeoutMs: 20 },
  );
  queue.add('a');
  controller.start();
  await waitUntil(() => lines.length === 2);
  await controller.stop();
  expect(reasons[0]).toMatchObject({ name: 'TimeoutError', message: 'reconcile reached its time limit of 20 ms' });
  expect(lines.map(({ message }) => message)).toEqual(['reconcile failed', 'reconcile recovered']);
});

test('a reconcile that ignores its signal is logged, occupies one worker, and its key has no second one', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const calls: string[] = [];
  const { queue, controller, lines } = setUp(
    async (key) => {
      calls.push(key);
      if (key === 'stuck') await released;
    },
    { concurrency: 2, reconcileTimeoutMs: 10 },
  );
  queue.add('stuck');
  controller.start();
  await waitUntil(() => lines.length === 1);
  queue.add('stuck');
  queue.add('other');
  await waitUntil(() => calls.includes('other'));
  expect(calls).toEqual(['stuck', 'other']);
  release();
  await waitUntil(() => calls.length === 3);
  await controller.stop();
  expect(calls).toEqual(['stuck', 'other', 'stuck']);
});

test('stop aborts the running reconciles and resolves when they have ended, without logging failures', async () => {
  const ended: string[] = [];
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
  let started = 0;
  const { queue, controller, lines } = setUp(
    async (key, { signal }) => {
      started++;
      await untilAbort(signal).catch(() => {});
      await mayEnd;
      ended.push(key);
      throw signal.reason;
    },
    { concurrency: 2 },
  );
  for (const key of ['a', 'b', 'c']) queue.add(key);
  controller.start();
  await waitUntil(() => started === 2);
  const stopped = controller.stop().then(() => ended.slice());
  letEnd();
  expect(await stopped).toEqual(['a', 'b']);
  expect(started).toBe(2);
  expect(lines).toEqual([]);
  // The keys that were interrupted are still there for the next run.
  expect(queue.length).toBe(3);
});

test('a controller can run again after its signal has aborted, and takes up what was interrupted', async () => {
  const completed: string[] = [];
  const first = new AbortController();
  const { queue, controller } = setUp(async (key, { signal }) => {
    if (!first.signal.aborted) await untilAbort(signal);
    completed.push(key);
  });
  queue.add('a');
  queue.add('b');
  const running = controller.run(first.signal);
  first.abort();
  await running;
  expect(completed).toEqual([]);
  queue.close();
  await controller.run(new AbortController().signal);
  expect(completed.toSorted()).toEqual(['a', 'b']);
});

test('a synchronous error of reconcile is a failure like any other', async () => {
  let attempts = 0;
  const { queue, controller, lines } = setUp(() => {
    if (++attempts === 1) throw new Error('sync');
    return Promise.resolve();
  });
  queue.add('a');
  controller.start();
  await waitUntil(() => attempts === 2);
  await controller.stop();
  expect(lines[0]?.message).toBe('reconcile failed');
});

test('the metrics have the names of controller-runtime and count each result', async () => {
  const metrics = createMetrics();
  const shared = createControllerMetrics(metrics);
  let attempts = 0;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { queue, controller } = setUp(
    async () => {
      attempts++;
      if (attempts === 1) throw new Error('failed');
      if (attempts === 2) throw conflict();
      if (attempts === 3) return { requeueAfterMs: 1 };
      await released;
      return;
    },
    { concurrency: 3 },
    { metrics: shared },
  );
  queue.add('a');
  controller.start();
  await waitUntil(() => attempts === 4);
  expect((await metrics.expose()).body).toContain('controller_runtime_active_workers{controller="test"} 1');
  release();
  await controller.stop();
  const { body } = await metrics.expose();
  for (const result of ['success', 'requeue', 'requeue_after', 'error'])
    expect(body).toContain(`controller_runtime_reconcile_total{controller="test",result="${result}"} 1`);
  expect(body).toContain('controller_runtime_reconcile_errors_total{controller="test"} 1');
  expect(body).toContain('controller_runtime_reconcile_time_seconds_count{controller="test"} 4');
  expect(body).toContain('controller_runtime_active_workers{controller="test"} 0');
  expect(body).toContain('controller_runtime_max_concurrent_reconciles{controller="test"} 3');
  // A later controller of the same name continues the series.
  setUp(async () => {}, { concurrency: 5 }, { metrics: shared });
  expect((await metrics.expose()).body).toContain('controller_runtime_max_concurrent_reconciles{controller="test"} 5');
});

test('each reconcile is a trace of its own, whose span is active meanwhile', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => void receiver.close());
  const tracing = await startTracing(
    { endpoint: receiver.endpoint, protocol: 'http/protobuf', sampleRatio: 1 },
    {
      service: { name: 'controller', version: '1', environment: 'test' },
      env: {},
      instrumentations: [],
      onExported: () => {},
      onDropped: () => {},
      onSpan: () => {},
    },
  );
  const active: (string | undefined)[] = [];
  const { queue, controller } = setUp(
    async () => {
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      if (active.length === 1) throw new TypeError('failed');
    },
    {},
    { tracer: tracing.tracer },
  );
  queue.add('shop/a');
  controller.start();
  await waitUntil(() => active.length === 2);
  await controller.stop();
  await tracing.shutdown(AbortSignal.timeout(5_000));
  expect(receiver.spans.map(({ spanId }) => spanId)).toEqual(active);
  expect(receiver.spans).toMatchObject([
    {
      name: 'reconcile test',
      attributes: {
        'controller.name': 'test',
        'controller.key': 'shop/a',
        'controller.retries': 0,
        'controller.result': 'error',
        'error.type': 'TypeError',
      },
    },
    { name: 'reconcile test', attributes: { 'controller.retries': 1, 'controller.result': 'success' } },
  ]);
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(2);
});
