import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../../../template/support/bare-server.ts';
import { closeRequest } from './close-request.ts';
import { EMPTY_REQUESTS } from './empty-requests.ts';

/** Sends the bytes to a server of Node. Returns the exchange, which stays open, and the client. */
async function receive(bytes: string): Promise<{
  request: IncomingMessage;
  response: ServerResponse;
  client: Socket;
  closes(): number;
}> {
  const server = await bareServer(() => {}, EMPTY_REQUESTS);
  const client = connect(portOf(server), '127.0.0.1').on('error', () => {});
  client.write(bytes);
  const [request, response] = await once(server, 'request');
  let closes = 0;
  request.on('close', () => {
    closes += 1;
  });
  return { request, response, client, closes: () => closes };
}

const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n';

test('Node does not emit close for a request without a body when its client disconnects', async () => {
  const { response, client, closes } = await receive('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  client.destroy();
  await once(response, 'close');
  await turn();
  expect(closes()).toBe(0);
});

test('Node emits close for a request whose body was read, before there is a response', async () => {
  const { request, response } = await receive(`${POST}hi`);
  request.resume();
  await once(request, 'close');
  expect(response.headersSent).toBe(false);
  expect(response.destroyed).toBe(false);
});

test('a request without a body emits close', async () => {
  const { request, closes } = await receive('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  closeRequest(request);
  expect(closes()).toBe(1);
});

test('a request whose body is still arriving is closed with its connection', async () => {
  const { request, client } = await receive(POST);
  request.on('error', () => {});
  closeRequest(request);
  await once(client, 'close');
  expect(request.destroyed).toBe(true);
});
