import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

// The generated code has no types for the parts used here.
const schema: GeneratedSchema = createRequire(import.meta.url)('otlp-schema/build/src/generated/root.js');
const { ExportTraceServiceRequest } = schema.opentelemetry.proto.collector.trace.v1;

interface GeneratedSchema {
  opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } } };
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

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Requests so far, by path and content type. */
  readonly requests: readonly { path: string; type: string | undefined }[];
  close(): void;
}

/** How the receiver responds: with a status, or not at all. */
export type Behaviour = { status: number } | 'silence';

/** Starts an OTLP/HTTP receiver that decodes requests with OpenTelemetry's own protobuf schema. */
export async function startOtlpReceiver(behaviour: Behaviour = { status: 200 }): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; type: string | undefined }[] = [];
  const server: Server = createServer(async (request, response) => {
    // Ports are reused quickly: ignore requests that another test still sends to the previous owner of this port.
    if (request.url !== '/v1/traces') return void response.writeHead(404).end();
    requests.push({ path: request.url ?? '', type: request.headers['content-type'] });
    const body = await buffer(request);
    if (behaviour === 'silence') return;
    if (behaviour.status === 200) spans.push(...decodeSpans(body));
    response.writeHead(behaviour.status, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    requests,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param message an encoded ExportTraceServiceRequest. */
export function decodeSpans(message: Uint8Array): ReceivedSpan[] {
  const decoded = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(message), {
    bytes: String,
    longs: Number,
    defaults: true,
  });
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
