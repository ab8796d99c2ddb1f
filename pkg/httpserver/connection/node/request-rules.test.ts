import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareServer, portOf, talk } from '../../../../template/support/bare-server.ts';
import { createObservedServer } from '../../../../template/support/observed-server.ts';

const { server, access, metrics } = await createObservedServer();
const { app } = server;
app.get('/fine', async ({ headers }) => headers.host ?? 'no host');
app.post('/fine', async () => 'posted');

beforeAll(() => server.listen());
afterAll(() => server.close());

const send = (bytes: string) => talk(server.address()?.port ?? 0, bytes);

/** A valid request after the one under test: it must not be processed. */
const SECOND = 'GET /fine HTTP/1.1\r\nHost: second\r\nConnection: close\r\n\r\n';

const POST = 'POST /fine HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const CHUNKS = '\r\n2\r\n{}\r\n0\r\n\r\n';

test.each([
  ['two Hosts', 'GET /fine HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['two Hosts that agree', 'GET /fine HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'],
  ['two Hosts with HTTP/1.0', 'GET /fine HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'],
  ...[
    ...[
      '',
      'a, b',
      'a,b',
      'a@b',
      'user:pass@b',
      'a b',
      'a\tb',
      'a/b',
      'a?b',
      'a#b',
      'a\\b',
      'http://a',
      '<a>',
      'a"b',
      '%zz',
    ],
    ...[
      'a:b',
      'a:80:80',
      'a:-1',
      'a:65536',
      ':80',
      '[',
      '[]',
      '[::1',
      '::1',
      '[::zz]',
      '[::1]x',
      '[fe80::1%eth0]',
      '[v1.a]',
    ],
    ...['\xe9', 'a{', 'a|b', 'a^b', '`a`'],
  ].map((host) => [`Host: ${host}`, `GET /fine HTTP/1.1\r\nHost: ${host}\r\n\r\n`]),
  ['no Host', 'GET /fine HTTP/1.1\r\n\r\n'],
  ['an absolute target with user information', 'GET http://user:pass@a/fine HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target without a host', 'GET http:///fine HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target with a bad host', 'GET http://a,b/fine HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target of another scheme', 'GET ftp://a/fine HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target and no Host', 'GET http://a/fine HTTP/1.1\r\n\r\n'],
  ['an asterisk that is not for OPTIONS', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a relative target', 'GET fine HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['chunked twice', `${POST}Transfer-Encoding: chunked, chunked\r\n${CHUNKS}`],
  ['chunked on two lines', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n${CHUNKS}`],
  ['an empty coding before chunked', `${POST}Transfer-Encoding: , chunked\r\n${CHUNKS}`],
  ['an empty coding', `${POST}Transfer-Encoding:\r\n${CHUNKS}`],
  ['an empty coding with a length', `${POST}Transfer-Encoding:\r\nContent-Length: 2\r\n\r\nhi`],
  ['identity', `${POST}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi`],
  ['chunked with HTTP/1.0', `${POST.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n${CHUNKS}`],
  ['gzip with HTTP/1.0', `${POST.replace('1.1', '1.0')}Transfer-Encoding: gzip, chunked\r\n${CHUNKS}`],
  ['chunked and a length', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n${CHUNKS}`],
])('%s: 400, and what follows is not processed', async (_what, bytes) => {
  const received = await send(bytes + SECOND);
  expect(received).toMatch(/^HTTP\/1\.1 400 /);
  expect(received.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  expect(received).toContain('application/problem+json');
  expect(received.toLowerCase()).toContain('connection: close');
});

test.each([
  ['HTTP/2.0', 'GET /fine HTTP/2.0\r\nHost: a\r\n\r\n', '505'],
  ['HTTP/0.9', 'GET /fine HTTP/0.9\r\nHost: a\r\n\r\n', '505'],
  ['HTTP/1.2', 'GET /fine HTTP/1.2\r\nHost: a\r\n\r\n', '400'],
  ['HTTP/3.0', 'GET /fine HTTP/3.0\r\nHost: a\r\n\r\n', '400'],
  ['no version', 'GET /fine\r\n\r\n', '(?:400|505)'],
  ['chunked with a parameter', `${POST}Transfer-Encoding: chunked;q=1\r\n${CHUNKS}`, '501'],
  ['gzip, chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n${CHUNKS}`, '501'],
  ['gzip and chunked on two lines', `${POST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n${CHUNKS}`, '501'],
])('%s: %3$s, and what follows is not processed', async (_what, bytes, status) => {
  const received = await send(bytes + SECOND);
  expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(received.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
});

test.each([
  ...[
    'a',
    'A.example.',
    'a_b',
    'localhost:8080',
    'a:',
    '127.0.0.1:80',
    '[::1]',
    '[2001:DB8::1]:443',
    'a%20b',
    "a!$&'()*+;=~",
  ],
])('Host: %s is valid', async (host) => {
  const received = await send(`GET /fine HTTP/1.1\r\nHost:\t ${host} \r\nConnection: close\r\n\r\n`);
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
  expect(received).toContain(`\r\n\r\n${host}`);
});

test('HTTP/1.0 needs no Host', async () => {
  expect(await send('GET /fine HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 .*no host$/s);
});

test.each([
  ['http://b:81/fine', '200', 'b:81'],
  ['HTTPS://b/fine?q', '200', 'b'],
  ['http://b', '404', ''],
  ['http://b?q=http://c/fine', '404', ''],
])('the target %s takes the place of Host', async (target, status, body) => {
  const received = await send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(received).toContain(`\r\n\r\n${body}`);
});

test('chunked is accepted in upper and lower case', async () => {
  const received = await send(`${POST}Connection: close\r\nTransfer-Encoding: Chunked\r\n${CHUNKS}`);
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
});

test('requests before an invalid one get their responses', async () => {
  const good = 'GET /fine HTTP/1.1\r\nHost: a\r\n\r\n';
  const received = await send(`${good}${good}GET /fine HTTP/1.1\r\nHost: a@b\r\n\r\n${good}`);
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('a rejected request has an access line with its problem, and is counted', async () => {
  await send('GET http://user:s3cret@a/private?token=s3cret HTTP/1.1\r\nHost: user:s3cret@a\r\n\r\n');
  await expect
    .poll(() => access().filter(({ path }) => path === '/private'))
    .toMatchObject([{ status: 400, handler: 'unmatched', problem: 'host_invalid' }]);
  expect(JSON.stringify(access())).not.toContain('s3cret');
  expect(await metrics()).toMatch(/http_problems_total\{handler="unmatched",problem="host_invalid"\} \d/);
});

test.each([
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
  ['an invalid Host', 'GET / HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n'],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['HTTP/0.9', 'GET / HTTP/0.9\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['another coding before chunked', `${POST}Connection: close\r\nTransfer-Encoding: gzip, chunked\r\n${CHUNKS}`],
  ['an absolute target with user information', 'GET http://a:b@c/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['a target of the wrong form', 'GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
])('Node accepts %s', async (_what, bytes) => {
  const bare = await bareServer((request, response) => request.resume().on('end', () => response.end()));
  expect(await talk(portOf(bare), bytes)).toMatch(/^HTTP\/1\.1 200 /);
});
