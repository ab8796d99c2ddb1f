import type { ExportResult } from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { readRegularFile } from '../files/regular-file.ts';
import type { ExportTarget } from './export-target.ts';
import type { OtelVariables } from './otel-variables.ts';
import type { SpanPart } from './span-part.ts';

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
export async function createPartExporter(target: ExportTarget, env: OtelVariables['values']): Promise<PartExporter> {
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
 * The options of an agent that uses the proxy of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` when Node is told
 * to (`NODE_USE_ENV_PROXY=1`): the exporter makes an agent of its own, which would ignore it.
 */
function proxyOptions(env: OtelVariables['values']) {
  const { NODE_USE_ENV_PROXY: asked, NODE_OPTIONS: options = '' } = process.env;
  if (asked !== '1' && ![...process.execArgv, ...options.split(' ')].includes('--use-env-proxy')) return {};
  const read = (name: string) => {
    const path = env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
    return path === undefined ? undefined : readRegularFile(path);
  };
  const tls = { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
  return { httpAgentOptions: { keepAlive: true, proxyEnv: process.env, ...tls } };
}
