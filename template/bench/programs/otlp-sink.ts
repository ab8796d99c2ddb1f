/**
 * Receives the exports of the rows, each on its own ports for HTTP and for gRPC, accepts and counts them. Reads requests of
 * its parent from standard input, see ../otlp-sink.ts.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { SinkCounts, SinkReport, SinkRequest } from '../otlp-sink.ts';
import { countSpans } from './count-spans.ts';

const ports: { http: number; grpc: number; counts: SinkCounts }[] = [];
/** A gRPC message follows a byte for its compression and four for its length. */
const GRPC_PREFIX = 5;
let watched: Buffer[] = [];
const seen = new Set<string>();

function receive(counts: SinkCounts, body: Buffer): void {
  counts.requests++;
  counts.bytes += body.length;
  for (const id of watched) if (body.includes(id)) seen.add(id.toString('hex'));
  try {
    counts.spans += countSpans(body);
  } catch {
    counts.undecodable++;
  }
}

async function openPorts(): Promise<void> {
  const counts: SinkCounts = { requests: 0, bytes: 0, spans: 0, undecodable: 0 };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') receive(counts, Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const grpc = createHttp2Server().on('stream', (stream: ServerHttp2Stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      receive(counts, Buffer.concat(chunks).subarray(GRPC_PREFIX));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(GRPC_PREFIX));
    });
  });
  ports.push({ http: await portOf(http), grpc: await portOf(grpc), counts });
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return address.port;
}

function report(): void {
  const message: SinkReport = { ports, seen: [...seen] };
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const { rows = '1' } = parseArgs({ options: { rows: { type: 'string' } } }).values;
for (let left = Number(rows); left > 0; left--) await openPorts();
report();
for await (const line of createInterface({ input: process.stdin })) {
  const { watch }: SinkRequest = JSON.parse(line);
  if (watch) {
    watched = watch.map((id) => Buffer.from(id, 'hex'));
    seen.clear();
  }
  report();
}
process.exit();
