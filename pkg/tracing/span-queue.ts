import { type Context, context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { PartExporter } from './part-exporter.ts';
import type { SpanPart } from './span-part.ts';
import type { DropReason } from './tracing-options.ts';

export interface SpanQueueOptions {
  /** Spans held at the most; those over it are dropped. */
  maxQueueSize: number;
  /** Spans per export; reached, they are sent at once. */
  maxBatchSize: number;
  /** How long a span waits for others, in milliseconds. */
  delayMs: number;
  /** Exports under way at the same time: above one, so that a round trip does not hold up what comes meanwhile. */
  maxConcurrentExports: number;
}

export interface SpanQueueDependencies {
  serialize(spans: ReadableSpan[]): SpanPart;
  exporter: PartExporter;
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
}

/** Spans that are serialised together: few, so that they are gone before the next scavenge; not one by one, for the resource. */
const SPANS_PER_PART = 32;

/**
 * The SDK's batch processor, but for three things: every span that is not delivered is counted; several batches may be
 * under way at once; and spans are serialised as they come. A span is some 30 objects, and all that wait for their batch
 * would be copied by each scavenge, and then promoted. It never waits and never throws into the request that ends a span.
 */
export function createSpanQueue(options: SpanQueueOptions, dependencies: SpanQueueDependencies): SpanProcessor {
  const { serialize, exporter, onExported, onDropped } = dependencies;
  const { maxQueueSize, maxBatchSize, delayMs, maxConcurrentExports } = options;
  const spansPerPart = Math.min(SPANS_PER_PART, maxBatchSize);
  let fresh: ReadableSpan[] = [];
  let parts: SpanPart[] = [];
  /** Spans, fresh and in parts. */
  let waiting = 0;
  const exporting = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function seal(): void {
    for (let i = 0; i < fresh.length; i += spansPerPart) parts.push(serialize(fresh.slice(i, i + spansPerPart)));
    fresh = [];
  }

  /** The oldest parts, as many as fit into a batch. */
  function takeBatch(): SpanPart[] {
    let size = 0;
    const end = parts.findIndex(({ spans }) => {
      size += spans;
      return size > maxBatchSize;
    });
    const batch = end === -1 ? parts : parts.slice(0, end);
    parts = parts.slice(batch.length);
    return batch;
  }

  function exportBatch(): void {
    seal();
    const batch = takeBatch();
    const size = batch.reduce((sum, { spans }) => sum + spans, 0);
    waiting -= size;
    const done = send(exporter, batch).then(
      () => onExported(size),
      (error: unknown) => onDropped(size, 'export_failed', error instanceof Error ? error : undefined),
    );
    exporting.add(done);
    void done.finally(() => {
      exporting.delete(done);
      pump();
    });
  }

  /** Sends full batches while there is room, and sees to it that a part of one does not wait for ever. */
  function pump(): void {
    while (waiting >= maxBatchSize && exporting.size < maxConcurrentExports) exportBatch();
    if (waiting > 0 && timer === undefined) {
      timer = setTimeout(() => {
        timer = undefined;
        if (waiting > 0 && exporting.size < maxConcurrentExports) exportBatch();
        pump();
      }, delayMs);
      timer.unref();
    }
  }

  async function flush(): Promise<void> {
    while (waiting > 0) exportBatch();
    await Promise.all(exporting);
  }

  return {
    onStart(_span: unknown, _parent: Context) {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & 1) === 0) return;
      if (waiting >= maxQueueSize) {
        onDropped(1, 'queue_full');
        return;
      }
      fresh.push(span);
      waiting += 1;
      // Some attributes of the resource are found out while the service starts: until they are, its spans stay as they are.
      if (fresh.length >= spansPerPart && span.resource.asyncAttributesPending !== true) seal();
      if (waiting >= maxBatchSize || timer === undefined) pump();
    },
    forceFlush: flush,
    async shutdown() {
      closed = true;
      clearTimeout(timer);
      await flush();
      await exporter.shutdown();
    },
  };
}

/** Without a context of its own, an instrumented HTTP client would trace the export of traces. */
function send(exporter: PartExporter, batch: readonly SpanPart[]): Promise<void> {
  return new Promise((resolve, reject) => {
    context.with(suppressTracing(context.active()), () => {
      exporter.export(batch, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error('the exporter gave no reason'));
      });
    });
  });
}
