import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { bytesSent } from './bytes-sent.ts';

const LENGTH = 64 * 1024 * 1024;

test('Node counts bytes as written before the operating system has accepted them', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1').pause();
  const [socket] = await once(server, 'connection');
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  socket.write(Buffer.alloc(LENGTH));
  await turn();
  expect(socket.bytesWritten).toBe(LENGTH);
  expect(bytesSent(socket)).toBeGreaterThan(0);
  expect(bytesSent(socket)).toBeLessThan(LENGTH);

  client.resume();
  await expect.poll(() => bytesSent(socket)).toBe(LENGTH);
});
