import { type Context, context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';

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

export type DropReason = 'queue_full' | 'export_failed';

export interface SpanQueueDependencies {
  exporter: SpanExporter;
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
}

/**
 * The SDK's batch processor, but for two things: every span that is not delivered is counted, and several batches may
 * be under way at once. It never waits and never throws into the request that ends a span.
 */
export function createSpanQueue(options: SpanQueueOptions, dependencies: SpanQueueDependencies): SpanProcessor {
  const { exporter, onExported, onDropped } = dependencies;
  let waiting: ReadableSpan[] = [];
  const exporting = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function exportBatch(): void {
    const batch = waiting.length <= options.maxBatchSize ? waiting : waiting.slice(0, options.maxBatchSize);
    waiting = waiting.slice(batch.length);
    const done = send(exporter, batch).then(
      () => onExported(batch.length),
      (error: unknown) => onDropped(batch.length, 'export_failed', error instanceof Error ? error : undefined),
    );
    exporting.add(done);
    void done.finally(() => {
      exporting.delete(done);
      pump();
    });
  }

  /** Sends full batches while there is room, and sees to it that a part of one does not wait for ever. */
  function pump(): void {
    while (waiting.length >= options.maxBatchSize && exporting.size < options.maxConcurrentExports) exportBatch();
    if (waiting.length > 0 && timer === undefined) {
      timer = setTimeout(() => {
        timer = undefined;
        if (waiting.length > 0 && exporting.size < options.maxConcurrentExports) exportBatch();
        pump();
      }, options.delayMs);
      timer.unref();
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) exportBatch();
    await Promise.all(exporting);
  }

  return {
    onStart(_span: unknown, _parent: Context) {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & 1) === 0) return;
      if (waiting.length >= options.maxQueueSize) {
        onDropped(1, 'queue_full');
        return;
      }
      waiting.push(span);
      if (waiting.length >= options.maxBatchSize || timer === undefined) pump();
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
function send(exporter: SpanExporter, batch: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    context.with(suppressTracing(context.active()), () => {
      exporter.export(batch, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error('the exporter gave no reason'));
      });
    });
  });
}
