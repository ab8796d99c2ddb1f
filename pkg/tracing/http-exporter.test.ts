import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { expect, onTestFinished, test } from 'vitest';
import type { Signal } from './export-target.ts';
import { createHttpExporter } from './http-exporter.ts';
import type { OtelVariables } from './otel-variables.ts';

const CHUNKS = [
  { items: 1, bytes: Buffer.from('first,') },
  { items: 2, bytes: Buffer.from('second') },
];

/** `ExportTraceServiceResponse` with a partial success: three items rejected, because of `quota`. */
const PARTIAL_SUCCESS = Buffer.from([0x0a, 9, 0x08, 3, 0x12, 5, ...Buffer.from('quota')]);

interface Setup {
  env?: OtelVariables['values'];
  signal?: Signal;
  respond?: (response: ServerResponse) => void;
}

async function exportOnce({ env = {}, signal = 'traces', respond = (response) => response.end() }: Setup) {
  const received: { headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await buffer(request) });
    respond(response);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/${signal}`;
  const exporter = createHttpExporter({ signal, url, protocol: 'http/protobuf' }, env);
  const result = await new Promise<ExportResult>((resolve) => exporter.export(CHUNKS, resolve));
  await exporter.shutdown();
  return { result, received };
}

test('exports chunks as one request', async () => {
  const { result, received } = await exportOnce({});
  expect(result).toEqual({ code: ExportResultCode.SUCCESS });
  expect(received).toHaveLength(1);
  expect(received[0]?.body.toString()).toBe('first,second');
  expect(received[0]?.headers['content-type']).toBe('application/x-protobuf');
});

test('reads the variables for the signal and for all signals', async () => {
  const { received } = await exportOnce({
    signal: 'logs',
    env: {
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=all,tenant=a%20b',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'api-key=logs',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'gzip',
    },
  });
  expect(received[0]?.headers).toMatchObject({ 'api-key': 'logs', tenant: 'a b', 'content-encoding': 'gzip' });
  expect(gunzipSync(received[0]?.body ?? '').toString()).toBe('first,second');
});

test('fails when the receiver does not respond in time', async () => {
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '60000', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '200' };
  const { result } = await exportOnce({ env, respond: () => {} });
  expect(result).toMatchObject({
    code: ExportResultCode.FAILED,
    error: { message: 'the server did not respond in time' },
  });
});

test('reports items that the receiver rejected', async () => {
  const warnings: unknown[][] = [];
  const ignore = () => {};
  diag.setLogger(
    { error: ignore, warn: (...args) => warnings.push(args), info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
  onTestFinished(() => diag.disable());
  const { result } = await exportOnce({ respond: (response) => response.end(PARTIAL_SUCCESS) });
  expect(result).toEqual({ code: ExportResultCode.SUCCESS });
  expect(warnings).toEqual([[expect.stringContaining('Partial Success'), expect.stringContaining('quota')]]);
});
