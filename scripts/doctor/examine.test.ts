import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { examine, firstLine } from './examine.ts';

const base = { name: 'it', required: false, without: 'the rest' };

test('what is there is reported with what it says of itself', async () => {
  const look = () => firstLine(process.execPath, ['--version']);
  expect(await examine({ ...base, look })).toMatchObject({ ok: true, found: process.version });
});

test('a program that is not there is said to be not found', async () => {
  const look = () => firstLine('no-such-program', []);
  expect(await examine({ ...base, look })).toMatchObject({ ok: false, found: 'not found' });
});

test('a program that fails is reported with the first line of its complaint', async () => {
  const look = () => firstLine(process.execPath, ['-e', 'console.error("no daemon\\nmore"); process.exit(1)']);
  expect(await examine({ ...base, look })).toMatchObject({ ok: false, found: 'no daemon' });
});

test('a port in use is reported with the reason', async () => {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const look = async () => {
    await once(createServer().listen(port, '0.0.0.0'), 'listening');
    return 'free';
  };
  expect(await examine({ ...base, look })).toMatchObject({ ok: false, found: expect.stringContaining('EADDRINUSE') });
  server.close();
});
