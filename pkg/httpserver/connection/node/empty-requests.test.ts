import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../../../template/support/bare-server.ts';
import { EMPTY_REQUESTS, removeTypeOfEmptyBody } from './empty-requests.ts';

test('Node never emits the end of a request without a body', async () => {
  const server = await bareServer(() => {}, EMPTY_REQUESTS);
  const client = connect(portOf(server), '127.0.0.1').resume();
  client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n');
  const [request, response] = await once(server, 'request');
  const events: string[] = [];
  request.on('data', () => events.push('data')).on('end', () => events.push('end'));
  response.end();
  await once(response, 'close');
  client.end();
  await once(request.socket, 'close');
  expect(events).toEqual([]);
});

test.each([
  [{ 'content-type': 'application/json' }, {}],
  [{ 'content-type': 'application/json', 'content-length': '00' }, { 'content-length': '0' }],
  [
    { 'content-type': 'application/json', 'content-length': '2' },
    { 'content-type': 'application/json', 'content-length': '2' },
  ],
  [{ 'content-length': '0' }, { 'content-length': '0' }],
])('%o becomes %o', (headers, expected) => {
  removeTypeOfEmptyBody({ headers });
  expect(headers).toEqual(expected);
});
