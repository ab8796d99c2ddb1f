import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import type { PartExporter } from './part-exporter.ts';
import { createSpanQueue, type SpanQueueOptions } from './span-queue.ts';

const OPTIONS: SpanQueueOptions = { maxQueueSize: 4, maxBatchSize: 2, delayMs: 10, maxConcurrentExports: 1 };

/** The queue looks at nothing of a span but whether it is sampled, and whether its resource is known. */
function span(traceFlags = 1, asyncAttributesPending = false): ReadableSpan {
  const spanContext = () => ({ traceId: '', spanId: '', traceFlags });
  return { spanContext, resource: { asyncAttributesPending } } as ReadableSpan;
}

/** An exporter that answers when told to: what is tested is what happens while it has not. */
function queueWith(options: Partial<SpanQueueOptions> = {}) {
  const batches: { size: number; answer: (result: ExportResult) => void }[] = [];
  const exporter: PartExporter = {
    export: (parts, answer) => batches.push({ size: parts.reduce((sum, { spans }) => sum + spans, 0), answer }),
    shutdown: async () => {},
  };
  const counts = { exported: 0, queue_full: 0, export_failed: 0 };
  const queue = createSpanQueue(
    { ...OPTIONS, ...options },
    {
      serialize: (spans) => ({ spans: spans.length, bytes: new Uint8Array() }),
      exporter,
      onExported: (count) => {
        counts.exported += count;
      },
      onDropped: (count, reason) => {
        counts[reason] += count;
      },
    },
  );
  return { queue, batches, counts };
}

test('a full batch goes out at once, and what comes meanwhile waits for its answer', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2]);
  batches[0]?.answer({ code: ExportResultCode.SUCCESS });
  await expect.poll(() => batches.map(({ size }) => size)).toEqual([2, 2]);
  batches[1]?.answer({ code: ExportResultCode.SUCCESS });
  await expect.poll(() => counts).toEqual({ exported: 4, queue_full: 0, export_failed: 0 });
});

test('several batches may be under way at once', () => {
  const { queue, batches } = queueWith({ maxConcurrentExports: 2 });
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2, 2]);
});

test('a part of a batch does not wait longer than the delay', async () => {
  const { queue, batches } = queueWith();
  queue.onEnd(span());
  expect(batches).toEqual([]);
  await expect.poll(() => batches.map(({ size }) => size)).toEqual([1]);
});

test('spans over the limit are dropped and counted', () => {
  const { queue, counts } = queueWith();
  // Two leave with the first export, four wait, four are too many.
  for (let i = 0; i < 10; i++) queue.onEnd(span());
  expect(counts.queue_full).toBe(4);
});

test('spans of a batch that fails are counted, and the next batch is tried', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  batches[0]?.answer({ code: ExportResultCode.FAILED, error: new Error('refused') });
  await expect.poll(() => batches).toHaveLength(2);
  expect(counts).toEqual({ exported: 0, queue_full: 0, export_failed: 2 });
});

test('what is not sampled is not kept', async () => {
  const { queue, batches } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span(0));
  await queue.forceFlush();
  expect(batches).toEqual([]);
});

test('shutdown sends all that waits, and takes nothing more', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 3; i++) queue.onEnd(span());
  const done = queue.shutdown();
  queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2, 1]);
  for (const { answer } of batches) answer({ code: ExportResultCode.SUCCESS });
  await done;
  expect(counts.exported).toBe(3);
});

test('spans whose resource is not known yet are serialised when they are sent', async () => {
  const { queue, batches } = queueWith({ maxQueueSize: 100, maxBatchSize: 40, maxConcurrentExports: 3 });
  for (let i = 0; i < 90; i++) queue.onEnd(span(1, true));
  const flushed = queue.forceFlush();
  for (const { answer } of batches) answer({ code: ExportResultCode.SUCCESS });
  await flushed;
  expect(batches.reduce((sum, { size }) => sum + size, 0)).toBe(90);
  expect(Math.max(...batches.map(({ size }) => size))).toBeLessThanOrEqual(40);
});
