import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import { cleanForwarded } from './forwarded.ts';

test.each([
  ['203.0.113.1', '203.0.113.1'],
  ['203.0.113.1:40001', '203.0.113.1'],
  ['[203.0.113.1]', '203.0.113.1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['203.0.113.1:1, [::1]:2 ,10.1.2.3', '203.0.113.1, ::1, 10.1.2.3'],
  ['x"}, 10.1.2.3', '10.1.2.3'],
  ['1.2.3.4, garbage, 10.1.2.3', '10.1.2.3'],
])('X-Forwarded-For: %s counts as %s', (text, expected) => {
  const headers: IncomingHttpHeaders = { 'x-forwarded-for': text };
  cleanForwarded(headers);
  expect(headers['x-forwarded-for']).toBe(expected);
});

test.each([
  ...['', ' ', ',', 'x"},{"level":"fatal', 'unknown', '_hidden', 'localhost', '10.1.2.3, unknown', '203.0.113.1:'],
  ...['203.0.113.1:x', '203.0.113.1:123456', '010.1.2.3', '1.2.3', '0x7f000001', '2130706433', 'fe80::1%eth0'],
  ...['fe80::1%"}', '[::1', '::1]', '"[::1]"'],
])('X-Forwarded-For: %j counts as absent', (text) => {
  const headers: IncomingHttpHeaders = { 'x-forwarded-for': text };
  cleanForwarded(headers);
  expect(headers).toEqual({});
});

test.each([
  ['x-forwarded-host', 'app.example.com:8443', 'app.example.com:8443'],
  ['x-forwarded-host', 'evil"}, app.example.com', 'evil"}, app.example.com'],
  ['x-forwarded-host', 'app.example.com, a@b', undefined],
  ['x-forwarded-host', '<script>', undefined],
  ['x-forwarded-proto', 'https', 'https'],
  ['x-forwarded-proto', 'javascript', undefined],
])('%s: %s counts as %s', (name, text, expected) => {
  const headers: IncomingHttpHeaders = { [name]: text };
  cleanForwarded(headers);
  expect(headers[name]).toBe(expected);
});

test('behind a trusted proxy every access line parses, and an invalid address falls back to the nearest proxy', async () => {
  const { server, access } = await createObservedServer({ trustProxy: ['127.0.0.0/8', '10.0.0.0/8'] });
  server.app.get('/ip', async ({ ip }) => ip);
  await server.listen();
  const ask = async (field: string) => {
    const url = `http://127.0.0.1:${server.address()?.port}/ip`;
    return (await fetch(url, { headers: { 'x-forwarded-for': field } })).text();
  };
  expect(await ask('x"}, 10.1.2.3')).toBe('10.1.2.3');
  expect(await ask('"},{"level":"fatal"')).toBe('127.0.0.1');
  expect(await ask('203.0.113.1:40001')).toBe('203.0.113.1');
  expect(await ask('198.51.100.7, 203.0.113.1:40001, 10.1.2.3')).toBe('203.0.113.1');
  await server.close();
  expect(access().map((line) => line.remote_address)).toEqual(['10.1.2.3', '127.0.0.1', '203.0.113.1', '203.0.113.1']);
});
