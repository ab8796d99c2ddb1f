import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { listening, portOf } from '../../../../template/support/bare-server.ts';
import { acceptWaiting } from './accept-queue.ts';

const COUNT = 10;

/** Opens connections with a request each in one turn, and returns how many get a response. */
async function served(server: Server): Promise<number> {
  const port = portOf(server);
  const responses = Array.from({ length: COUNT }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true)).once('close', () => resolve(false));
      socket.on('error', () => resolve(false));
    });
  });
  return (await Promise.all(responses)).filter((hasResponse) => hasResponse).length;
}

test('Node accepts one connection per turn and resets those that wait when it closes', async () => {
  const server = await listening(createServer((_request, response) => response.end()));
  server.once('connection', () => server.close());
  expect(await served(server)).toBeLessThan(COUNT);
});

test('if the waiting connections are accepted first, all are served', async () => {
  const server = await listening(createServer((_request, response) => response.end()));
  server.once('connection', () => void acceptWaiting(server, undefined).then(() => server.close()));
  expect(await served(server)).toBe(COUNT);
});

test('stops waiting once the signal has aborted', async () => {
  const server = await listening(createServer());
  await acceptWaiting(server, AbortSignal.abort());
});
