import { type Context, context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { ChunkExporter, SpanChunk } from './chunk-exporter.ts';
import type { DropReason } from './tracing-options.ts';

export interface SpanQueueOptions {
  /** Maximum number of queued spans; further ones are dropped. */
  maxQueueSize: number;
  /** Maximum number of spans per export. A full batch is exported immediately. */
  maxBatchSize: number;
  /** How long a span waits for a full batch, in milliseconds. */
  delayMs: number;
  /** Maximum number of concurrent exports. Above one, later spans need not wait for a round trip. */
  maxConcurrentExports: number;
}

export interface SpanQueueDependencies {
  serialize(spans: ReadableSpan[]): SpanChunk;
  exporter: ChunkExporter;
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
}

/**
 * Number of spans that are serialised together. Low, so that they become garbage before the next scavenge; not one,
 * because each chunk repeats the resource.
 */
const SPANS_PER_CHUNK = 32;

/**
 * Creates a replacement for the SDK's batch processor. It differs in three ways: it counts every span that is not
 * delivered, exports several batches concurrently, and serialises spans early. A span consists of about 30 objects, and
 * each scavenge would copy, and later promote, all spans that wait for their batch. Ending a span never blocks or
 * throws.
 */
export function createSpanQueue(options: SpanQueueOptions, dependencies: SpanQueueDependencies): SpanProcessor {
  const { serialize, exporter, onExported, onDropped } = dependencies;
  const { maxQueueSize, maxBatchSize, delayMs, maxConcurrentExports } = options;
  const spansPerChunk = Math.min(SPANS_PER_CHUNK, maxBatchSize);
  let fresh: ReadableSpan[] = [];
  let chunks: SpanChunk[] = [];
  /** Number of spans in `fresh` and `chunks`. */
  let queued = 0;
  const exporting = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function serializeFresh(): void {
    for (let i = 0; i < fresh.length; i += spansPerChunk) chunks.push(serialize(fresh.slice(i, i + spansPerChunk)));
    fresh = [];
  }

  /** Removes and returns the oldest chunks, as many as fit into a batch. */
  function takeBatch(): SpanChunk[] {
    let size = 0;
    const end = chunks.findIndex(({ spans }) => {
      size += spans;
      return size > maxBatchSize;
    });
    const batch = end === -1 ? chunks : chunks.slice(0, end);
    chunks = chunks.slice(batch.length);
    return batch;
  }

  function exportBatch(): void {
    serializeFresh();
    const batch = takeBatch();
    const size = batch.reduce((sum, { spans }) => sum + spans, 0);
    queued -= size;
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

  /** Exports full batches while the limit allows, and schedules the export of an incomplete one. */
  function pump(): void {
    while (queued >= maxBatchSize && exporting.size < maxConcurrentExports) exportBatch();
    if (queued > 0 && timer === undefined) {
      timer = setTimeout(() => {
        timer = undefined;
        if (queued > 0 && exporting.size < maxConcurrentExports) exportBatch();
        pump();
      }, delayMs);
      timer.unref();
    }
  }

  async function flush(): Promise<void> {
    while (queued > 0) exportBatch();
    await Promise.all(exporting);
  }

  return {
    onStart(_span: unknown, _parent: Context) {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & 1) === 0) return;
      if (queued >= maxQueueSize) {
        onDropped(1, 'queue_full');
        return;
      }
      fresh.push(span);
      queued += 1;
      // Some resource attributes are detected asynchronously during startup. Until then, spans cannot be serialised.
      if (fresh.length >= spansPerChunk && span.resource.asyncAttributesPending !== true) serializeFresh();
      if (queued >= maxBatchSize || timer === undefined) pump();
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

/** Exports a batch with tracing suppressed: otherwise an instrumented HTTP client would trace the export itself. */
function send(exporter: ChunkExporter, batch: readonly SpanChunk[]): Promise<void> {
  return new Promise((resolve, reject) => {
    context.with(suppressTracing(context.active()), () => {
      exporter.export(batch, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error('the exporter reported no error'));
      });
    });
  });
}
