import { diag } from '@opentelemetry/api';
import { ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type ChunkExporter, joinChunks } from './chunk.ts';
import { readTlsFiles, settingOf } from './export-settings.ts';
import type { ExportTarget } from './export-target.ts';
import { createHttpTransport } from './http-transport.ts';
import type { OtelVariables } from './otel-variables.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

/** Creates an exporter for OTLP/HTTP with the SDK's variables. */
export function createHttpExporter({ signal, url }: ExportTarget, env: OtelVariables['values']): ChunkExporter {
  const timeoutMs = Number(settingOf(signal, 'TIMEOUT', env) ?? DEFAULT_TIMEOUT_MS);
  const transport = createHttpTransport({
    url,
    headers: {
      'content-type': 'application/x-protobuf',
      ...parseKeyPairsIntoRecord(env.OTEL_EXPORTER_OTLP_HEADERS),
      ...parseKeyPairsIntoRecord(settingOf(signal, 'HEADERS', env)),
    },
    compression: settingOf(signal, 'COMPRESSION', env) === 'gzip' ? 'gzip' : 'none',
    tls: readTlsFiles(signal, env),
  });
  return {
    export(chunks, onResult) {
      transport.send(joinChunks(chunks), timeoutMs).then(
        (response) => {
          reportPartialSuccess(response);
          onResult({ code: ExportResultCode.SUCCESS });
        },
        (error: Error) => onResult({ code: ExportResultCode.FAILED, error }),
      );
    },
    shutdown: transport.close,
  };
}

/** Reports that the receiver has rejected some items. The response to each signal has the same fields. */
function reportPartialSuccess(response: Uint8Array): void {
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(response);
    if (partialSuccess && Object.keys(partialSuccess).length > 0) {
      diag.warn('Received Partial Success response:', JSON.stringify(partialSuccess));
    }
  } catch (error) {
    diag.warn('The response to an export is not valid:', error);
  }
}
