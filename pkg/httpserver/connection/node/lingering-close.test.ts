import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../../../template/support/bare-server.ts';
import { closeLingering } from './lingering-close.ts';

/** A client that sends its body until the server closes its side. Returns the response and the error, if any. */
async function upload(listener: RequestListener): Promise<{ response: string; error: string | undefined }> {
  const server = await bareServer(listener);
  const client = connect(portOf(server), '127.0.0.1');
  const chunk = Buffer.alloc(16 * 1024);
  let response = '';
  let error: string | undefined;
  let sends = true;
  client.setEncoding('latin1').on('data', (text) => {
    response += text;
  });
  client.on('end', () => {
    sends = false;
  });
  client.on('error', (reason: Error & { code?: string }) => {
    sends = false;
    error = reason.code;
  });
  const send = () => {
    if (sends) client.write(chunk, () => setImmediate(send));
  };
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
  send();
  await new Promise((resolve) => client.once('close', resolve));
  return { response, error };
}

test('Node resets a client that is still sending after its last response', async () => {
  const { error } = await upload((_request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too large');
  });
  expect(error).toMatch(/^(?:ECONNRESET|EPIPE)$/);
});

test('with a lingering close the client reads the response and is not reset', async () => {
  const { response, error } = await upload((request, reply) => {
    closeLingering(request.socket);
    reply.writeHead(413, { connection: 'close' }).end('too large');
  });
  expect(response).toMatch(/^HTTP\/1\.1 413 .*too large/s);
  expect(error).toBeUndefined();
});

test('a client that does not stop sending is reset at the time limit', async () => {
  const server = await bareServer((request, response) => {
    closeLingering(request.socket, 50);
    response.writeHead(413, { connection: 'close' }).end();
  });
  const client = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  client.resume().write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
  const [socket] = await once(server, 'connection');
  await once(socket, 'close');
  client.destroy();
});
