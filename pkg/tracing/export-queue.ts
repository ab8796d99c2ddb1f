import { context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { Chunk, ChunkExporter } from './chunk.ts';
import type { DropReason } from './tracing-options.ts';

export interface ExportQueueOptions {
  /** Maximum number of queued items; further ones are dropped. */
  maxQueueSize: number;
  /** Maximum number of items per export. A full batch is exported immediately. */
  maxBatchSize: number;
  /** How long an item waits for a full batch, in milliseconds. */
  delayMs: number;
  /** Maximum number of concurrent exports. Above one, later items need not wait for a round trip. */
  maxConcurrentExports: number;
}

/** Serialises items early, and so does not keep them. */
export interface ChunkBuilder<Item> {
  add(item: Item): void;
  /** Returns what was added since the last call. */
  take(): Chunk;
}

export interface ExportQueueDependencies<Item> {
  builder: ChunkBuilder<Item>;
  exporter: ChunkExporter;
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
}

export interface ExportQueue<Item> {
  /** Never blocks or throws. */
  add(item: Item): void;
  /** Exports all queued items. */
  flush(): Promise<void>;
  /** Accepts no more items, exports those that are queued, and closes the exporter. */
  shutdown(): Promise<void>;
}

/** Low, so that items become garbage before the next scavenge; not one, because each request repeats the resource. */
const ITEMS_TOGETHER = 32;

/** Creates a builder that serialises items in groups, as requests that can be concatenated. */
export function createChunkBuilder<Item>(serialize: (items: Item[]) => Uint8Array): ChunkBuilder<Item> {
  // Emptied, not replaced: an array that waits to be filled is soon in the old generation, and keeps what was in it until the
  // next full collection even if nothing refers to the array any more.
  const items: Item[] = [];
  const parts: Uint8Array[] = [];
  let count = 0;

  function serializeItems(): void {
    if (items.length > 0) parts.push(serialize(items.splice(0)));
  }

  return {
    add(item) {
      count += 1;
      if (items.push(item) === ITEMS_TOGETHER) serializeItems();
    },
    take() {
      serializeItems();
      const chunk = { items: count, bytes: Buffer.concat(parts.splice(0)) };
      count = 0;
      return chunk;
    },
  };
}

/**
 * Creates a replacement for the SDK's batch processors. It differs in three ways: it counts every item that is not
 * delivered, exports several batches concurrently, and serialises items early. A span consists of about 30 objects, and
 * each scavenge would copy, and later promote, all spans that wait for their batch.
 */
export function createExportQueue<Item>(
  options: ExportQueueOptions,
  dependencies: ExportQueueDependencies<Item>,
): ExportQueue<Item> {
  const { builder, exporter, onExported, onDropped } = dependencies;
  const { maxQueueSize, maxBatchSize, delayMs, maxConcurrentExports } = options;
  /** Number of items in the builder. */
  let fresh = 0;
  /** Emptied, not replaced, like the arrays of {@link createChunkBuilder}. */
  const chunks: Chunk[] = [];
  /** Number of items in the builder and in `chunks`. */
  let queued = 0;
  const exporting = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function takeFresh(): void {
    if (fresh > 0) chunks.push(builder.take());
    fresh = 0;
  }

  /** Removes and returns the oldest chunks, as many as fit into a batch. */
  function takeBatch(): Chunk[] {
    let size = 0;
    const end = chunks.findIndex(({ items }) => {
      size += items;
      return size > maxBatchSize;
    });
    return chunks.splice(0, end === -1 ? chunks.length : end);
  }

  function exportBatch(): void {
    takeFresh();
    const batch = takeBatch();
    const size = batch.reduce((sum, { items }) => sum + items, 0);
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
    add(item) {
      if (closed) return;
      if (queued >= maxQueueSize) {
        onDropped(1, 'queue_full');
        return;
      }
      builder.add(item);
      queued += 1;
      fresh += 1;
      if (fresh === maxBatchSize) takeFresh();
      if (queued >= maxBatchSize || timer === undefined) pump();
    },
    flush,
    async shutdown() {
      closed = true;
      clearTimeout(timer);
      await flush();
      await exporter.shutdown();
    },
  };
}

/** Exports a batch with tracing suppressed: otherwise an instrumented HTTP client would trace the export itself. */
export function send(exporter: ChunkExporter, batch: readonly Chunk[]): Promise<void> {
  return new Promise((resolve, reject) => {
    context.with(suppressTracing(context.active()), () => {
      exporter.export(batch, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new Error('the exporter reported no error'));
      });
    });
  });
}
