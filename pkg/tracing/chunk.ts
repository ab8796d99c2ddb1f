import type { ExportResult } from '@opentelemetry/core';

/** Several spans, log records or metrics, serialised as one OTLP protobuf request. */
export interface Chunk {
  /** Number of spans, log records or metrics. */
  readonly items: number;
  readonly bytes: Uint8Array;
}

/** Exports what is already serialised. */
export interface ChunkExporter {
  export(chunks: readonly Chunk[], onResult: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** Concatenates serialised requests. Their only field is repeated, so the result is one valid request with all items. */
export function joinChunks(chunks: readonly Chunk[]): Uint8Array {
  const [first] = chunks;
  return first && chunks.length === 1 ? first.bytes : Buffer.concat(chunks.map(({ bytes }) => bytes));
}
