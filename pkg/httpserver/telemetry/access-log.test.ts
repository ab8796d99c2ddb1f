import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpServer } from '../server.ts';
import { type AccessLogMode, createAccessLog } from './access-log.ts';

async function linesOf(mode: AccessLogMode, ...requests: string[]): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const server = createHttpServer(
    { name: 'http', host: '127.0.0.1', port: 0 },
    {
      logger: pino({ level: 'silent' }),
      accessLog: createAccessLog(mode, (fields) => lines.push(JSON.parse(`{${fields}}`))),
    },
  );
  server.app.get('/ok', async () => 'ok');
  await server.listen();
  onTestFinished(() => server.close());
  for (const request of requests) {
    const socket = connect(server.address()?.port ?? 0, '127.0.0.1');
    socket.end(`${request}\r\nHost: x\r\nConnection: close\r\n\r\n`).resume();
    await once(socket, 'close');
  }
  await server.close();
  return lines;
}

test.each(['/a"b', '/a\\b', '/%22%5C%0A', `/${'x'.repeat(3000)}`, '//evil.example/{"level":"fatal"}'])(
  'the path %j cannot break its log line',
  async (path) => {
    const [line] = await linesOf('all', `GET ${path} HTTP/1.1`);
    expect(line).toMatchObject({ method: 'GET', handler: 'unmatched', status: 404 });
    expect(String(line?.path).length).toBeLessThanOrEqual(1024);
  },
);

test('an unknown method is _OTHER, and a hostile request id is replaced', async () => {
  const [line] = await linesOf('all', 'PURGE /ok HTTP/1.1\r\nX-Request-Id: "},{"');
  expect(line).toMatchObject({ method: '_OTHER', request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});

test.each([
  ['all', ['/ok', '/gone']],
  ['errors', ['/gone']],
  ['sampled', ['/gone']],
  ['none', []],
] as const)('log.access %s logs %j', async (mode, paths) => {
  const lines = await linesOf(mode, 'GET /ok HTTP/1.1', 'GET /gone HTTP/1.1');
  expect(lines.map(({ path }) => path)).toEqual(paths);
});
