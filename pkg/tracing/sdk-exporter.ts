import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type Chunk, type ChunkExporter, joinChunks } from './chunk.ts';
import { readTlsFiles } from './export-settings.ts';
import type { ExportTarget, Signal } from './export-target.ts';
import type { OtelVariables } from './otel-variables.ts';

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/** The response to each signal has the same fields. */
const serializer: ISerializer<readonly Chunk[], Response> = {
  serializeRequest: joinChunks,
  deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
};

const METRICS_NAMES = { traces: 'span', metrics: 'metric_data_point', logs: 'log' } as const;

const metricsHelperOf = (signal: Signal) => ({
  name: METRICS_NAMES[signal],
  countItems: (chunks: readonly Chunk[]) => chunks.reduce((sum, { items }) => sum + items, 0),
});

const GRPC_NAMES = { traces: 'Trace', metrics: 'Metrics', logs: 'Logs' } as const;
const SETTINGS_NAMES = { traces: 'TRACES', metrics: 'METRICS', logs: 'LOGS' } as const;

/** Creates OpenTelemetry's own exporter, with its transport, retries and `OTEL_EXPORTER_OTLP_*` variables, for chunks. */
export async function createSdkExporter(target: ExportTarget, env: OtelVariables['values']): Promise<ChunkExporter> {
  return new OTLPExporterBase(
    target.protocol === 'grpc' ? await grpcDelegate(target) : await httpDelegate(target, env),
  );
}

async function grpcDelegate({ signal, url }: ExportTarget) {
  const grpc = await import('@opentelemetry/otlp-grpc-exporter-base');
  const name = `${GRPC_NAMES[signal]}Service`;
  return grpc.createOtlpGrpcExportDelegate(
    grpc.convertLegacyOtlpGrpcOptions({ url }, SETTINGS_NAMES[signal]),
    serializer,
    `otlp_grpc_${METRICS_NAMES[signal]}_exporter`,
    metricsHelperOf(signal),
    undefined,
    name,
    `/opentelemetry.proto.collector.${signal === 'traces' ? 'trace' : signal}.v1.${name}/Export`,
  );
}

/** The exporter creates its own agent, which ignores `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` without `proxyEnv`. */
async function httpDelegate({ signal, url }: ExportTarget, env: OtelVariables['values']) {
  const http = await import('@opentelemetry/otlp-exporter-base/node-http');
  const agent = { keepAlive: true, proxyEnv: process.env, ...readTlsFiles(signal, env) };
  return http.createOtlpHttpExportDelegate(
    http.convertLegacyHttpOptions({ url, httpAgentOptions: agent }, SETTINGS_NAMES[signal], `v1/${signal}`, {
      'Content-Type': 'application/x-protobuf',
    }),
    serializer,
    `otlp_http_${METRICS_NAMES[signal]}_exporter`,
    metricsHelperOf(signal),
    undefined,
  );
}
