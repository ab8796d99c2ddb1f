import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

// The generated code has no types for the parts used here.
const schema: GeneratedSchema = createRequire(import.meta.url)('otlp-schema/build/src/generated/root.js');
const { trace, metrics: metricsSchema, logs: logsSchema } = schema.opentelemetry.proto.collector;
const { ExportTraceServiceRequest } = trace.v1;
const { ExportMetricsServiceRequest } = metricsSchema.v1;
const { ExportLogsServiceRequest } = logsSchema.v1;

interface GeneratedSchema {
  opentelemetry: {
    proto: {
      collector: {
        trace: { v1: { ExportTraceServiceRequest: MessageType } };
        metrics: { v1: { ExportMetricsServiceRequest: MessageType } };
        logs: { v1: { ExportLogsServiceRequest: MessageType } };
      };
    };
  };
}

interface MessageType {
  decode(message: Uint8Array): object;
  toObject(message: object, options: object): Decoded;
}

/** A received span, with its ids in hexadecimal and its attributes as a plain object. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  statusCode: number;
  attributes: Record<string, string | number | boolean>;
  durationMs: number;
  resource: Record<string, string | number | boolean>;
}

type Attributes = Record<string, string | number | boolean>;

/** One series of a metric. */
export interface ReceivedPoint {
  name: string;
  unit: string;
  type: 'gauge' | 'sum' | 'histogram';
  attributes: Attributes;
  /** The value, or the sum of a histogram. */
  value: number;
  /** Of a histogram, per bucket. */
  counts: number[];
  bounds: number[];
  exemplars: { traceId: string; spanId: string; value: number }[];
  resource: Attributes;
}

export interface ReceivedRecord {
  severity: number;
  severityText: string;
  body: string;
  timeMs: number;
  traceId: string;
  spanId: string;
  attributes: Attributes;
  resource: Attributes;
}

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  readonly points: readonly ReceivedPoint[];
  readonly records: readonly ReceivedRecord[];
  /** Requests so far, by path and content type. */
  readonly requests: readonly { path: string; type: string | undefined }[];
  close(): void;
}

/** How the receiver responds: with a status, or not at all. */
export type Behaviour = { status: number } | 'silence';

/** Starts an OTLP/HTTP receiver that decodes requests with OpenTelemetry's own protobuf schema. */
export async function startOtlpReceiver(behaviour: Behaviour = { status: 200 }): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const points: ReceivedPoint[] = [];
  const records: ReceivedRecord[] = [];
  const requests: { path: string; type: string | undefined }[] = [];
  const server: Server = createServer(async (request, response) => {
    // Ports are reused quickly: ignore requests that another test still sends to the previous owner of this port.
    if (!/^\/v1\/(?:traces|metrics|logs)$/.test(request.url ?? '')) return void response.writeHead(404).end();
    requests.push({ path: request.url ?? '', type: request.headers['content-type'] });
    const body = await buffer(request);
    if (behaviour === 'silence') return;
    if (behaviour.status === 200) {
      if (request.url === '/v1/traces') spans.push(...decodeSpans(body));
      if (request.url === '/v1/metrics') points.push(...decodePoints(body));
      if (request.url === '/v1/logs') records.push(...decodeRecords(body));
    }
    response.writeHead(behaviour.status, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    points,
    records,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param message an encoded ExportTraceServiceRequest. */
export function decodeSpans(message: Uint8Array): ReceivedSpan[] {
  const decoded = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(message), PLAIN);
  return decoded.resourceSpans.flatMap(({ resource, scopeSpans }: Decoded) =>
    scopeSpans.flatMap(({ spans }: Decoded) =>
      spans.map((span: Decoded) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        statusCode: span.status?.code ?? 0,
        attributes: plain(span.attributes),
        durationMs: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
        resource: plain(resource.attributes),
      })),
    ),
  );
}

/** @param message an encoded ExportMetricsServiceRequest. */
export function decodePoints(message: Uint8Array): ReceivedPoint[] {
  const decoded = ExportMetricsServiceRequest.toObject(ExportMetricsServiceRequest.decode(message), PLAIN);
  return decoded.resourceMetrics.flatMap(({ resource, scopeMetrics }: Decoded) =>
    scopeMetrics.flatMap(({ metrics }: Decoded) =>
      metrics.flatMap((metric: Decoded) =>
        metric[metric.data].dataPoints.map((point: Decoded) => ({
          name: metric.name,
          unit: metric.unit,
          type: metric.data,
          attributes: plain(point.attributes),
          value: point.asDouble ?? point.sum,
          counts: point.bucketCounts ?? [],
          bounds: point.explicitBounds ?? [],
          exemplars: point.exemplars.map(({ traceId, spanId, asDouble }: Decoded) => ({
            traceId: hex(traceId),
            spanId: hex(spanId),
            value: asDouble,
          })),
          resource: plain(resource.attributes),
        })),
      ),
    ),
  );
}

/** @param message an encoded ExportLogsServiceRequest. */
export function decodeRecords(message: Uint8Array): ReceivedRecord[] {
  const decoded = ExportLogsServiceRequest.toObject(ExportLogsServiceRequest.decode(message), PLAIN);
  return decoded.resourceLogs.flatMap(({ resource, scopeLogs }: Decoded) =>
    scopeLogs.flatMap(({ logRecords }: Decoded) =>
      logRecords.map((record: Decoded) => ({
        severity: record.severityNumber,
        severityText: record.severityText,
        body: record.body?.stringValue,
        timeMs: record.timeUnixNano / 1e6,
        traceId: hex(record.traceId),
        spanId: hex(record.spanId),
        attributes: plain(record.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

/** Bytes in Base64, 64-bit numbers as numbers, and the names of the members of unions that are set. */
const PLAIN = { bytes: String, longs: Number, defaults: true, oneofs: true };

// biome-ignore lint/suspicious/noExplicitAny: the generated schema has no types for plain objects; the assertions of the tests check them.
type Decoded = any;

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function plain(attributes: { key: string; value: Decoded }[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value[value.value] ?? value.stringValue ?? value.intValue]),
  );
}
