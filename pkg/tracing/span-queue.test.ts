import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import type { ChunkExporter } from './chunk.ts';
import { createChunkBuilder, type ExportQueueOptions } from './export-queue.ts';
import { createSpanQueue } from './span-queue.ts';

const OPTIONS: ExportQueueOptions = { maxQueueSize: 4, maxBatchSize: 2, delayMs: 10, maxConcurrentExports: 1 };

/** A minimal span: the queue only checks whether it is sampled. */
function span(traceFlags = 1): ReadableSpan {
  const spanContext = () => ({ traceId: '', spanId: '', traceFlags });
  return { spanContext } as Partial<ReadableSpan> as ReadableSpan;
}

/** Creates a queue with an exporter that responds on request, to test the behaviour until then. */
function queueWith(options: Partial<ExportQueueOptions> = {}) {
  const batches: { size: number; respond: (result: ExportResult) => void }[] = [];
  const exporter: ChunkExporter = {
    export: (chunks, respond) => batches.push({ size: chunks.reduce((sum, { items }) => sum + items, 0), respond }),
    shutdown: async () => {},
  };
  const counts = { exported: 0, queue_full: 0, export_failed: 0 };
  const queue = createSpanQueue(
    { ...OPTIONS, ...options },
    {
      builder: createChunkBuilder(() => new Uint8Array()),
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

test('a full batch is exported immediately, and later spans wait for its response', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2]);
  batches[0]?.respond({ code: ExportResultCode.SUCCESS });
  await expect.poll(() => batches.map(({ size }) => size)).toEqual([2, 2]);
  batches[1]?.respond({ code: ExportResultCode.SUCCESS });
  await expect.poll(() => counts).toEqual({ exported: 4, queue_full: 0, export_failed: 0 });
});

test('several batches can be exported concurrently', () => {
  const { queue, batches } = queueWith({ maxConcurrentExports: 2 });
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2, 2]);
});

test('an incomplete batch is exported after the delay', async () => {
  const { queue, batches } = queueWith();
  queue.onEnd(span());
  expect(batches).toEqual([]);
  await expect.poll(() => batches.map(({ size }) => size)).toEqual([1]);
});

test('spans over the limit are dropped and counted', () => {
  const { queue, counts } = queueWith();
  // Two are in the first export, four are queued, four are dropped.
  for (let i = 0; i < 10; i++) queue.onEnd(span());
  expect(counts.queue_full).toBe(4);
});

test('spans of a failed batch are counted, and the next batch is exported', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span());
  batches[0]?.respond({ code: ExportResultCode.FAILED, error: new Error('unavailable') });
  await expect.poll(() => batches).toHaveLength(2);
  expect(counts).toEqual({ exported: 0, queue_full: 0, export_failed: 2 });
});

test('spans that are not sampled are ignored', async () => {
  const { queue, batches } = queueWith();
  for (let i = 0; i < 4; i++) queue.onEnd(span(0));
  await queue.forceFlush();
  expect(batches).toEqual([]);
});

test('shutdown exports all queued spans and accepts no more', async () => {
  const { queue, batches, counts } = queueWith();
  for (let i = 0; i < 3; i++) queue.onEnd(span());
  const done = queue.shutdown();
  queue.onEnd(span());
  expect(batches.map(({ size }) => size)).toEqual([2, 1]);
  for (const { respond } of batches) respond({ code: ExportResultCode.SUCCESS });
  await done;
  expect(counts.exported).toBe(3);
});
