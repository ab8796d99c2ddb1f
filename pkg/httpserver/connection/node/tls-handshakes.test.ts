import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { listening, portOf } from '../../../../template/support/bare-server.ts';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import { followHandshakes, isInHandshake } from './tls-handshakes.ts';

async function start() {
  const { cert, key } = await (await createTestAuthority()).issue('CN=localhost');
  const server = createServer({ cert, key });
  const handshakes = followHandshakes(server);
  await listening(server);
  return { server, handshakes };
}

function dial(server: Parameters<typeof portOf>[0]) {
  const client = connect(portOf(server), '127.0.0.1').on('error', () => {});
  onTestFinished(() => void client.destroy());
  return client;
}

test('Node emits two sockets for one TLS connection, and no public property links them', async () => {
  const { server } = await start();
  const secured = once(server, 'secureConnection');
  const client = connectTls({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void client.destroy());
  const [raw] = await once(server, 'connection');
  const [secure] = await secured;
  expect(secure).not.toBe(raw);
  const links = Object.entries(secure).filter(([, value]) => value === raw);
  expect(links.map(([name]) => name).filter((name) => !name.startsWith('_'))).toEqual([]);
});

test('Node reports a failed TLS handshake as clientError', async () => {
  const { server } = await start();
  const reported = once(server, 'clientError');
  dial(server).write('GET / HTTP/1.1\r\n\r\n');
  const [, socket] = await reported;
  expect(isInHandshake(socket)).toBe(true);
});

test('a connection is followed until its handshake is complete or it closes', async () => {
  const { server, handshakes } = await start();
  const idle = dial(server);
  await once(server, 'connection');
  expect(handshakes.size).toBe(1);
  const client = connectTls({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void client.destroy());
  await once(server, 'secureConnection');
  expect([...handshakes].map(({ remotePort }) => remotePort)).toEqual([idle.localPort]);
  idle.destroy();
  await expect.poll(() => handshakes.size).toBe(0);
});
