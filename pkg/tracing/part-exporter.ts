import type { ExportResult } from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { SpanPart } from './span-part.ts';

export interface PartExporterOptions {
  /** Base URL of an OTLP receiver. Default: the standard variables. */
  endpoint?: string;
  protocol: 'http/protobuf' | 'grpc';
}

/** Sends spans that are serialised already. */
export interface PartExporter {
  export(parts: readonly SpanPart[], onResult: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/** Requests of OTLP in protobuf, one after the other, are one request with all that is in them: its only field is repeated. */
const serializer: ISerializer<readonly SpanPart[], Response> = {
  serializeRequest: (parts) => Buffer.concat(parts.map(({ bytes }) => bytes)),
  deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
};

const metricsHelper = {
  name: 'span' as const,
  countItems: (parts: readonly SpanPart[]) => parts.reduce((sum, { spans }) => sum + spans, 0),
};

/** OpenTelemetry's own exporter, with its transport, its retries and its `OTEL_EXPORTER_OTLP_*` variables, for parts. */
export async function createPartExporter(options: PartExporterOptions): Promise<PartExporter> {
  return new OTLPExporterBase(options.protocol === 'grpc' ? await grpcDelegate(options) : await httpDelegate(options));
}

async function grpcDelegate({ endpoint }: PartExporterOptions) {
  const grpc = await import('@opentelemetry/otlp-grpc-exporter-base');
  return grpc.createOtlpGrpcExportDelegate(
    grpc.convertLegacyOtlpGrpcOptions(endpoint === undefined ? {} : { url: endpoint }, 'TRACES'),
    serializer,
    'otlp_grpc_span_exporter',
    metricsHelper,
    undefined,
    'TraceExportService',
    '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  );
}

async function httpDelegate({ endpoint }: PartExporterOptions) {
  const http = await import('@opentelemetry/otlp-exporter-base/node-http');
  const config = endpoint === undefined ? {} : { url: `${endpoint.replace(/\/$/, '')}/v1/traces` };
  return http.createOtlpHttpExportDelegate(
    http.convertLegacyHttpOptions(config, 'TRACES', 'v1/traces', { 'Content-Type': 'application/x-protobuf' }),
    serializer,
    'otlp_http_span_exporter',
    metricsHelper,
    undefined,
  );
}
