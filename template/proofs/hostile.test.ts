import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../test/support/service.ts';
import { startItemsService } from '../support/items-service.ts';
import { tcpTo } from './load/connect.ts';
import { openConnection } from './load/connection.ts';
import { openFileLimit } from './load/file-limit.ts';
import { get } from './load/requests.ts';
import { measure } from './measure.ts';

const SILENT = 10_000;
/** Other open files of the two processes, such as the test runner's pipes. */
const OTHER_FILES = 300;

const HEADERS_LIMIT_MS = 2000;
const REQUEST_LIMIT_MS = 3000;

let service: Service;
beforeAll(async () => {
  service = await startItemsService({
    measured: true,
    env: {
      SKIFF_HTTP_KEEP_ALIVE_TIMEOUT: '1s',
      SKIFF_HTTP_HEADERS_TIMEOUT: `${HEADERS_LIMIT_MS}ms`,
      SKIFF_HTTP_REQUEST_TIMEOUT: `${REQUEST_LIMIT_MS}ms`,
      SKIFF_LOG_ACCESS: 'none',
    },
  });
});
afterAll(async () => {
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  process.stdout.write(`${figures.join('\n')}\n`);
});

const figures: string[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function open({ url } = service as Pick<Service, 'url'>): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {});
  sockets.push(socket);
  return socket;
}

/** Sends raw bytes and returns everything received until the connection is closed. */
async function exchange(bytes: string, url = service.url): Promise<string> {
  const socket = open({ url }).setEncoding('latin1');
  let response = '';
  socket.on('data', (text) => {
    response += text;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
  return response;
}

/** Expects a regular request on a new connection to take less than 100 ms. Uses the fastest of three: the machine may be busy. */
async function expectFastResponse(during: string, of: Service = service): Promise<void> {
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const startedAt = performance.now();
    const connection = openConnection(tcpTo(of.url));
    const { status } = await connection.request(get('/v1/items').bytes);
    fastestMs = Math.min(fastestMs, performance.now() - startedAt);
    connection.close();
    expect(status).toBe(200);
  }
  figures.push(`${during}: regular request served in ${fastestMs.toFixed(1)} ms`);
  expect(fastestMs).toBeLessThan(100);
}

const HEAD = 'PUT /v1/items/smuggled HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const BODY = '{"enabled":true}';
const SECOND = 'GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** Requests whose end a proxy and this server might locate differently. */
const SMUGGLING: [what: string, bytes: string][] = [
  ['two lengths that differ', `${HEAD}Content-Length: 16\r\nContent-Length: 4\r\n\r\n${BODY}${SECOND}`],
  ['two lengths that agree', `${HEAD}Content-Length: 16\r\nContent-Length: 16\r\n\r\n${BODY}${SECOND}`],
  ['a list of lengths', `${HEAD}Content-Length: 16, 16\r\n\r\n${BODY}${SECOND}`],
  ['a length with a sign', `${HEAD}Content-Length: +16\r\n\r\n${BODY}${SECOND}`],
  [
    'a length and chunks',
    `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`,
  ],
  [
    'chunks and a length',
    `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`,
  ],
  [
    'chunks that are not the last coding',
    `${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`,
  ],
  ['a coding with a vertical tab', `${HEAD}Transfer-Encoding: \x0bchunked\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`],
  ['a space before the colon', `${HEAD}Content-Length : 16\r\n\r\n${BODY}${SECOND}`],
  ['an obsolete folding', `${HEAD}X-Folded: a\r\n Content-Length: 4\r\nContent-Length: 16\r\n\r\n${BODY}${SECOND}`],
  ['a folded coding', `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`],
  ['bare line feeds', `${HEAD.replaceAll('\r\n', '\n')}Content-Length: 16\n\n${BODY}${SECOND}`],
  ['a bare carriage return', `${HEAD}X: a\rContent-Length: 4\r\nContent-Length: 16\r\n\r\n${BODY}${SECOND}`],
  ['a chunk size with a prefix', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`],
  ['a chunk size with a sign', `${HEAD}Transfer-Encoding: chunked\r\n\r\n-10\r\n${BODY}\r\n0\r\n\r\n${SECOND}`],
  [
    'a chunk size beyond 64 bits',
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n10000000000000010\r\n${BODY}\r\n0\r\n\r\n${SECOND}`,
  ],
  ['a chunk longer than its size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\n${BODY}\r\n0\r\n\r\n${SECOND}`],
  ['a chunk size with a bare line feed', `${HEAD}Transfer-Encoding: chunked\r\n\r\n10\n${BODY}\r\n0\r\n\r\n${SECOND}`],
];

test.each(SMUGGLING.map(([what], index) => [what, index] as const))(
  '%s: rejected with 400, and the bytes after it are not processed',
  async (_what, index) => {
    const response = await exchange(SMUGGLING[index]?.[1] ?? '');
    expect(response).toMatch(/^HTTP\/1\.1 400 /);
    expect(response).toContain('application/problem+json');
    expect(response.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect((await fetch(`${service.url}/v1/items/smuggled`)).status).toBe(404);
  },
);

const GET = 'GET /v1/items HTTP/1.1\r\n';
const MISLEADING: [what: string, bytes: string, status: number][] = [
  ['two Hosts', `${GET}Host: a\r\nHost: b\r\n\r\n`, 400],
  ['a list of Hosts', `${GET}Host: a, b\r\n\r\n`, 400],
  ['a Host with user information', `${GET}Host: a@b\r\n\r\n`, 400],
  ['a Host with a space', `${GET}Host: a b\r\n\r\n`, 400],
  ['an empty Host', `${GET}Host:\r\n\r\n`, 400],
  ['HTTP/2.0', 'GET /v1/items HTTP/2.0\r\nHost: x\r\n\r\n', 505],
  ['HTTP/0.9', 'GET /v1/items HTTP/0.9\r\nHost: x\r\n\r\n', 505],
  ['an unknown transfer coding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n10\r\n${BODY}\r\n0\r\n\r\n`, 501],
  ['a password in the target', 'GET http://user:pa55@x/v1/items HTTP/1.1\r\nHost: x\r\n\r\n', 400],
];

test.each(MISLEADING)(
  '%s is rejected on both listeners, and the bytes after it are not processed',
  async (_what, bytes, status) => {
    for (const url of [service.url, service.adminUrl]) {
      const response = await exchange(bytes + SECOND, url);
      expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(response.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    }
    expect(JSON.stringify(service.lines)).not.toContain('pa55');
  },
);

const FOREIGN: [what: string, bytes: string][] = [
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
  ['a TLS hello', '\x16\x03\x01\0\xc8\x01\0\0\xc4\x03\x03'],
  ['a SOCKS greeting', '\x05\x01\0'],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.9\r\n'],
];

test.each(FOREIGN)('%s on the plain-text port is rejected', async (_what, bytes) => {
  expect(await exchange(bytes)).toMatch(/^HTTP\/1\.1 400 /);
});

test('a client that half-closes the connection after its request still gets the response', async () => {
  const socket = open().setEncoding('latin1');
  let response = '';
  socket.on('data', (text) => {
    response += text;
  });
  socket.end('GET /v1/items HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
  expect(response).toMatch(/^HTTP\/1\.1 200 /);
});

test('500 clients that send headers byte by byte are disconnected in time and delay no other client', async () => {
  await expectClosed('slow headers', HEADERS_LIMIT_MS, 'GET /v1/items HTTP/1.1\r\nHost: x\r\nX: ');
});

test('500 clients that send a body byte by byte are disconnected in time and delay no other client', async () => {
  await expectClosed('slow bodies', REQUEST_LIMIT_MS, `${HEAD}Content-Length: 1000\r\n\r\n`);
});

/** Opens 500 connections that send `beginning` and then one byte every 100 ms, until the server closes them. */
async function expectClosed(what: string, limitMs: number, beginning: string): Promise<void> {
  const slow = Array.from({ length: 500 }, () => open());
  // A byte that arrives after the server has closed the connection causes a reset, which counts as closed too.
  const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))));
  const startedAt = performance.now();
  for (const socket of slow) socket.write(beginning);
  const drip = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('x');
  }, 100);
  try {
    await sleep(limitMs / 2);
    await expectFastResponse(`500 ${what}`);
    await closed;
    const tookMs = performance.now() - startedAt;
    figures.push(`500 ${what}: all closed after ${Math.round(tookMs)} ms with a limit of ${limitMs} ms`);
    expect(tookMs).toBeLessThan(limitMs + 5000);
  } finally {
    clearInterval(drip);
  }
}

const fileLimit = openFileLimit();
const tooFew = fileLimit < SILENT + OTHER_FILES;

test('a connection that sends nothing is closed in time', async () => {
  const startedAt = performance.now();
  expect(await exchange('')).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - startedAt).toBeLessThan(HEADERS_LIMIT_MS + 5000);
});

test.skipIf(tooFew)(
  `${SILENT} connections that send nothing delay no other client${tooFew ? ` (ulimit -n is ${fileLimit})` : ''}`,
  async () => {
    const roomy = await startItemsService({
      measured: true,
      env: { SKIFF_HTTP_MAX_CONNECTIONS: String(SILENT + 100), SKIFF_LOG_ACCESS: 'none' },
    });
    const before = await measure(roomy);
    const startedAt = performance.now();
    // Opens fewer at a time than the kernel's accept queue holds.
    while (sockets.length < SILENT) {
      await Promise.all(Array.from({ length: 250 }, () => once(open(roomy), 'connect')));
    }
    figures.push(`${SILENT} silent connections: opened in ${Math.round(performance.now() - startedAt)} ms`);
    await expect.poll(async () => (await measure(roomy)).sockets).toBe(SILENT);
    await expectFastResponse(`${SILENT} silent connections`, roomy);
    const during = await measure(roomy);
    for (const socket of sockets.splice(0)) socket.destroy();
    await expect.poll(async () => (await measure(roomy)).sockets).toBe(0);
    const after = await measure(roomy);
    const held = [before, during, after].map(({ heapUsed, rss }) => `${mebibytes(heapUsed)} / ${mebibytes(rss)}`);
    figures.push(`${SILENT} silent connections: heap / RSS in MiB before, during and after: ${held.join(', ')}`);
    expect(after.heapUsed).toBeLessThan(before.heapUsed * 1.25);
    roomy.kill('SIGTERM');
    expect((await roomy.exit).code).toBe(0);
  },
  60_000,
);

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

test('afterwards the service still responds and has no open connections', async () => {
  await expectFastResponse('afterwards');
  await expect.poll(async () => (await measure(service)).sockets, { interval: 200 }).toBe(0);
  expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});
