import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { createExportQueue, type ExportQueueDependencies, type ExportQueueOptions } from './export-queue.ts';

/** Creates a span processor that exports sampled spans in batches, see {@link createExportQueue}. */
export function createSpanQueue(
  options: ExportQueueOptions,
  dependencies: ExportQueueDependencies<ReadableSpan>,
): SpanProcessor {
  const queue = createExportQueue(options, dependencies);
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & 1) !== 0) queue.add(span);
    },
    forceFlush: queue.flush,
    shutdown: queue.shutdown,
  };
}
