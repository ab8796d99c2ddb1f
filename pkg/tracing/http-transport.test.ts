import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createTestAuthority } from '../../test/support/test-authority.ts';
import { createHttpTransport, type HttpTransportOptions } from './http-transport.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly receivedAt: number;
  readonly remotePort: number | undefined;
  /** Closes the connection. */
  close(): void;
}

const DATA = Buffer.from('spans '.repeat(1000));

async function listen(server: Server): Promise<number> {
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

function record(received: Received[], respond: (response: ServerResponse, attempt: number) => void): RequestListener {
  return async (request, response) => {
    const body = await buffer(request);
    const { headers, socket } = request;
    const receivedAt = performance.now();
    received.push({ headers, body, receivedAt, remotePort: socket.remotePort, close: () => socket.end() });
    respond(response, received.length);
  };
}

function createTransport(url: string, settings: Partial<HttpTransportOptions> = {}) {
  return createHttpTransport({
    url,
    headers: { 'Content-Type': 'application/x-protobuf' },
    compression: 'none',
    tls: {},
    ...settings,
  });
}

async function setUp(
  respond: (response: ServerResponse, attempt: number) => void,
  settings?: Partial<HttpTransportOptions>,
) {
  const received: Received[] = [];
  const port = await listen(createServer(record(received, respond)));
  return { transport: createTransport(`http://127.0.0.1:${port}/v1/traces`, settings), received };
}

test('sends the data in one piece, and returns the response', async () => {
  const { transport, received } = await setUp((response) => response.end('partial success'));
  expect(await transport.send(DATA, 5_000)).toEqual(Buffer.from('partial success'));
  expect(received).toMatchObject([
    {
      headers: {
        'content-type': 'application/x-protobuf',
        'content-length': String(DATA.length),
        'user-agent': expect.stringContaining('OTLP'),
      },
      body: DATA,
    },
  ]);
  expect(received[0]?.headers).not.toHaveProperty('content-encoding');
});

test('sends the headers of the settings, and credentials of the URL', async () => {
  const received: Received[] = [];
  const port = await listen(createServer(record(received, (response) => response.end())));
  const headers = { 'Api-Key': 'a', 'User-Agent': 'mine' };
  const transport = createTransport(`http://user:p%40ss@127.0.0.1:${port}/v1/traces?tenant=a`, { headers });
  await transport.send(DATA, 5_000);
  expect(received[0]?.headers).toEqual({
    authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    'api-key': 'a',
    'user-agent': expect.stringContaining('OTLP'),
    'content-length': String(DATA.length),
    host: `127.0.0.1:${port}`,
  });
});

test('rejects a header with a line break, without its value', async () => {
  const { transport, received } = await setUp((response) => response.end(), {
    headers: { 'api-key': 's3cret\r\nx: y' },
  });
  await expect(transport.send(DATA, 5_000)).rejects.toThrow(/^(?!.*s3cret)/);
  expect(received).toEqual([]);
});

test('uses a connection again, and another one when the receiver has closed it', async () => {
  const { transport, received } = await setUp((response) => response.end());
  for (let count = 0; count < 3; count++) await transport.send(DATA, 5_000);
  expect(new Set(received.map(({ remotePort }) => remotePort)).size).toBe(1);
  received[0]?.close();
  await delay(50);
  await transport.send(DATA, 5_000);
  expect(new Set(received.map(({ remotePort }) => remotePort)).size).toBe(2);
});

test('compresses the data', async () => {
  const { transport, received } = await setUp((response) => response.end(), { compression: 'gzip' });
  await transport.send(DATA, 5_000);
  expect(received[0]?.headers['content-encoding']).toBe('gzip');
  expect(received[0]?.body.length).toBeLessThan(DATA.length);
  expect(gunzipSync(received[0]?.body ?? '')).toEqual(DATA);
});

test('verifies the certificate of the receiver', async () => {
  const authority = await createTestAuthority();
  const received: Received[] = [];
  const pair = await authority.issue('CN=receiver');
  const port = await listen(
    createTlsServer(
      pair,
      record(received, (response) => response.end()),
    ),
  );
  const url = `https://127.0.0.1:${port}/v1/traces`;
  const trusting = createTransport(url, { tls: { ca: Buffer.from(authority.cert) } });
  await trusting.send(DATA, 5_000);
  await expect(createTransport(url).send(DATA, 5_000)).rejects.toMatchObject({
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
  expect(received).toHaveLength(1);
});

test('presents its own certificate', async () => {
  const authority = await createTestAuthority();
  const options = { ...(await authority.issue('CN=receiver')), ca: authority.cert, requestCert: true };
  const subjects: string[] = [];
  const respond: RequestListener = ({ socket }, response) => {
    if (socket instanceof TLSSocket) subjects.push(String(socket.getPeerCertificate().subject.CN));
    response.end();
  };
  const port = await listen(createTlsServer(options, respond));
  const { cert, key } = await authority.issue('CN=client');
  const tls = { ca: Buffer.from(authority.cert), cert: Buffer.from(cert), key: Buffer.from(key) };
  const transport = createTransport(`https://localhost:${port}/v1/traces`, { tls });
  await transport.send(DATA, 5_000);
  expect(subjects).toEqual(['client']);
});

test.each([
  ['a number of seconds', () => '2'],
  ['a date', () => new Date(Date.now() + 2_500).toUTCString()],
])('repeats a request after the wait that the receiver asks for: %s', async (_what, retryAfter) => {
  const { transport, received } = await setUp((response, attempt) => {
    if (attempt === 1) response.writeHead(503, { 'retry-after': retryAfter() });
    response.end();
  });
  await transport.send(DATA, 10_000);
  expect(received.map(({ body }) => body)).toEqual([DATA, DATA]);
  // The first wait without the header is at most 1.2 s. A date has no fractions of a second.
  expect((received[1]?.receivedAt ?? 0) - (received[0]?.receivedAt ?? 0)).toBeGreaterThan(1_400);
});

test('repeats a request whose connection is lost', async () => {
  const { transport, received } = await setUp((response, attempt) => {
    if (attempt === 1) response.destroy();
    else response.end();
  });
  await transport.send(DATA, 10_000);
  expect(received).toHaveLength(2);
});

test('gives up when the next attempt would be too late', async () => {
  const { transport, received } = await setUp((response) => response.writeHead(429, { 'retry-after': '60' }).end());
  await expect(transport.send(DATA, 10_000)).rejects.toThrow('the receiver responded with 429 Too Many Requests');
  expect(received).toHaveLength(1);
});

test('gives up when the receiver does not respond in time', async () => {
  const { transport, received } = await setUp(() => {});
  await expect(transport.send(DATA, 300)).rejects.toThrow('the server did not respond in time');
  expect(received).toHaveLength(1);
});

test('does not repeat a request that the receiver rejects', async () => {
  const { transport, received } = await setUp((response) => response.writeHead(400).end('not a span'));
  await expect(transport.send(DATA, 10_000)).rejects.toThrow('the receiver responded with 400 Bad Request');
  expect(received).toHaveLength(1);
});

test('does not read a response without end', async () => {
  const { transport } = await setUp((response) => {
    response.on('error', () => {});
    const write = () => {
      while (response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', write);
    write();
  });
  await expect(transport.send(DATA, 10_000)).rejects.toThrow('longer than');
});
