import type { ExportResult } from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { readRegularFile } from '../files/regular-file.ts';
import type { ExportTarget } from './export-target.ts';
import type { OtelVariables } from './otel-variables.ts';

/** Several spans, serialised as one OTLP protobuf request. */
export interface SpanChunk {
  /** Number of spans. */
  readonly spans: number;
  readonly bytes: Uint8Array;
}

/** Exports spans that are already serialised. */
export interface ChunkExporter {
  export(chunks: readonly SpanChunk[], onResult: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export function serializeSpans(spans: ReadableSpan[]): SpanChunk {
  return { spans: spans.length, bytes: ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array() };
}

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/**
 * Concatenates serialised requests: since the only field is repeated, the result is one valid request with all spans.
 */
const serializer: ISerializer<readonly SpanChunk[], Response> = {
  serializeRequest: (chunks) => Buffer.concat(chunks.map(({ bytes }) => bytes)),
  deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
};

const metricsHelper = {
  name: 'span' as const,
  countItems: (chunks: readonly SpanChunk[]) => chunks.reduce((sum, { spans }) => sum + spans, 0),
};

/**
 * Creates OpenTelemetry's own exporter, with its transport, retries and `OTEL_EXPORTER_OTLP_*` variables, for chunks.
 */
export async function createChunkExporter(target: ExportTarget, env: OtelVariables['values']): Promise<ChunkExporter> {
  return new OTLPExporterBase(
    target.protocol === 'grpc' ? await grpcDelegate(target) : await httpDelegate(target, env),
  );
}

async function grpcDelegate({ url }: ExportTarget) {
  const grpc = await import('@opentelemetry/otlp-grpc-exporter-base');
  return grpc.createOtlpGrpcExportDelegate(
    grpc.convertLegacyOtlpGrpcOptions({ url }, 'TRACES'),
    serializer,
    'otlp_grpc_span_exporter',
    metricsHelper,
    undefined,
    'TraceExportService',
    '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  );
}

async function httpDelegate({ url }: ExportTarget, env: OtelVariables['values']) {
  const http = await import('@opentelemetry/otlp-exporter-base/node-http');
  return http.createOtlpHttpExportDelegate(
    http.convertLegacyHttpOptions({ url, ...proxyOptions(env) }, 'TRACES', 'v1/traces', {
      'Content-Type': 'application/x-protobuf',
    }),
    serializer,
    'otlp_http_span_exporter',
    metricsHelper,
    undefined,
  );
}

/**
 * Returns agent options that apply `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` if Node is configured to use them
 * (`NODE_USE_ENV_PROXY=1`). The exporter creates its own agent, which would otherwise ignore them.
 */
function proxyOptions(env: OtelVariables['values']) {
  const { NODE_USE_ENV_PROXY: useEnvProxy, NODE_OPTIONS: options = '' } = process.env;
  if (useEnvProxy !== '1' && ![...process.execArgv, ...options.split(' ')].includes('--use-env-proxy')) return {};
  const read = (name: string) => {
    const path = env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
    return path === undefined ? undefined : readRegularFile(path);
  };
  const tls = { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
  return { httpAgentOptions: { keepAlive: true, proxyEnv: process.env, ...tls } };
}
