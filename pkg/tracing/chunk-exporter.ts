import type { ExportResult } from '@opentelemetry/core';
import { createOtlpNetworkExportDelegate, OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { readRegularFile } from '../files/regular-file.ts';
import type { ExportTarget, Signal } from './export-target.ts';
import { createHttpTransport, type TlsFiles } from './http-transport.ts';
import type { OtelVariables } from './otel-variables.ts';

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

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/**
 * Concatenates serialised requests: since the only field is repeated, the result is one valid request with all items.
 * The response to each signal has the same fields.
 */
const serializer: ISerializer<readonly Chunk[], Response> = {
  serializeRequest(chunks) {
    const [first] = chunks;
    return first && chunks.length === 1 ? first.bytes : Buffer.concat(chunks.map(({ bytes }) => bytes));
  },
  deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
};

const METRICS_NAMES = { traces: 'span', metrics: 'metric_data_point', logs: 'log' } as const;

const metricsHelperOf = (signal: Signal) => ({
  name: METRICS_NAMES[signal],
  countItems: (chunks: readonly Chunk[]) => chunks.reduce((sum, { items }) => sum + items, 0),
});

const GRPC_NAMES = { traces: 'Trace', metrics: 'Metrics', logs: 'Logs' } as const;
const SETTINGS_NAMES = { traces: 'TRACES', metrics: 'METRICS', logs: 'LOGS' } as const;

/**
 * Creates OpenTelemetry's own exporter, with its `OTEL_EXPORTER_OTLP_*` variables, for chunks. Over HTTP, it has a transport of
 * its own ({@link createHttpTransport}).
 */
export async function createChunkExporter(target: ExportTarget, env: OtelVariables['values']): Promise<ChunkExporter> {
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

async function httpDelegate({ signal, url }: ExportTarget, env: OtelVariables['values']) {
  const http = await import('@opentelemetry/otlp-exporter-base/node-http');
  const tls = tlsFilesOf(signal, env);
  // The exporter creates its own agent, which would otherwise ignore `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
  const agent = { httpAgentOptions: { keepAlive: true, proxyEnv: process.env, ...tls } };
  const settings = http.convertLegacyHttpOptions({ url, ...agent }, SETTINGS_NAMES[signal], `v1/${signal}`, {
    'Content-Type': 'application/x-protobuf',
  });
  const component = `otlp_http_${METRICS_NAMES[signal]}_exporter` as const;
  const metricsHelper = metricsHelperOf(signal);
  if (usesProxies()) {
    return http.createOtlpHttpExportDelegate(settings, serializer, component, metricsHelper, undefined);
  }
  const metrics = http.createOtlpHttpExporterMetrics(component, metricsHelper, url, undefined);
  return createOtlpNetworkExportDelegate(settings, serializer, metrics, createHttpTransport({ ...settings, tls }));
}

function tlsFilesOf(signal: Signal, env: OtelVariables['values']): TlsFiles {
  const read = (name: string) => {
    const path = env[`OTEL_EXPORTER_OTLP_${SETTINGS_NAMES[signal]}_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
    return path === undefined ? undefined : readRegularFile(path);
  };
  return { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
}

/** Whether Node.js is configured to use the proxies of the environment (`NODE_USE_ENV_PROXY=1`). */
function usesProxies(): boolean {
  const { NODE_USE_ENV_PROXY: useEnvProxy, NODE_OPTIONS: options = '' } = process.env;
  return useEnvProxy === '1' || [...process.execArgv, ...options.split(' ')].includes('--use-env-proxy');
}
