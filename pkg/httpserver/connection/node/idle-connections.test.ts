import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../../../template/support/bare-server.ts';
import { replaceIdleClosing } from './idle-connections.ts';

const LENGTH = 32 * 1024 * 1024;

/** Bytes that a client gets of a large response if the server closes while the response is being written. */
async function received(close: (server: Awaited<ReturnType<typeof bareServer>>) => void): Promise<number> {
  const server = await bareServer((_request, response) => response.end(Buffer.alloc(LENGTH)));
  const client = connect(portOf(server), '127.0.0.1').on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(server, 'request');
  await turn();
  close(server);
  let bytes = 0;
  client.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes >= LENGTH) client.end();
  });
  await once(client, 'close');
  return bytes;
}

test('Node closes a connection whose response is still being written', async () => {
  expect(await received((server) => void server.close())).toBeLessThan(LENGTH);
});

test('with a replacement that spares it, the response is complete', async () => {
  const bytes = await received((server) => {
    replaceIdleClosing(server, () => {});
    server.close();
  });
  expect(bytes).toBeGreaterThan(LENGTH);
});
