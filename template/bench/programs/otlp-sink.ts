/**
 * Receives the exports of the rows, each on its own port, responds with 200 and counts them. The argument is the number of
 * ports. Communicates with its parent over Node's IPC channel; see ../otlp-sink.ts.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { SinkCounts, SinkReport, SinkRequest } from '../otlp-sink.ts';
import { countSpans } from './count-spans.ts';

const ports: { port: number; counts: SinkCounts }[] = [];
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

async function listen(): Promise<void> {
  const counts: SinkCounts = { requests: 0, bytes: 0, spans: 0, undecodable: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') receive(counts, Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports.push({ port: portOf(server), counts });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return address.port;
}

function report(): void {
  const message: SinkReport = { ports, seen: [...seen] };
  process.send?.(message);
}

for (let left = Number(process.argv[2]); left > 0; left--) await listen();
process.on('message', ({ watch }: SinkRequest) => {
  if (watch) {
    watched = watch.map((id) => Buffer.from(id, 'hex'));
    seen.clear();
  }
  report();
});
process.on('disconnect', () => process.exit());
report();
