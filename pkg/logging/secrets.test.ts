import { expect, test } from 'vitest';
import { maskSecrets } from './secrets.ts';

const mask = (fields: object) => maskSecrets(JSON.stringify(fields));

test.each([
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'Set-Cookie',
  'token',
  'accessToken',
  'refresh_token',
  'X-Vault-Token',
  'password',
  'newPassword',
  'DB_PASSWD',
  'passphrase',
  'secret',
  'client_secret',
  'secretKey',
  'apikey',
  'apiKey',
  'api_key',
  'X-API-Key',
  'api key',
  'privateKey',
  'credentials',
])('the value of %s is masked at any depth', (name) => {
  for (const value of ['s3cret', 's3"c\\ret"', ['s3cret'], { a: [{ b: 's3cret"}]' }] }, 12345]) {
    const fields = {
      before: 'x',
      [name]: value,
      list: [{ deep: { deeper: { deepest: { [name]: value } } } }],
      after: 1,
    };
    expect(JSON.parse(mask(fields))).toEqual({
      before: 'x',
      [name]: '***',
      list: [{ deep: { deeper: { deepest: { [name]: '***' } } } }],
      after: 1,
    });
  }
});

test.each([
  [{ password: null, secret: true, token: false }],
  [{ kind: 'token', value: 'x' }],
  [{ code: 'token_invalid', key: 'checkout', keys: ['a', 'b'] }],
  [{ msg: 'basic authentication; the token is missing; a bearer token; passed' }],
  [{ url: 'http://host:80/a@b?page=2', mail: 'ada@example.com' }],
  [{ msg: '"password":"x"'.slice(1, 4), empty: '', n: 1.5e300, list: [1, null, 'x'] }],
])('%j is not changed', (fields) => {
  expect(JSON.parse(mask(fields))).toEqual(fields);
});

test.each([
  ['Bearer abc123.def-456', 'Bearer ***'],
  ['got "Authorization: bearer abcdefgh12" from it', 'got "Authorization: bearer ***" from it'],
  ['Basic YWRhOnMzY3JldA==', 'Basic ***'],
  ['token eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln is bad', 'token *** is bad'],
  ['http://ada:s3cret@host/x', 'http://***@host/x'],
  ['postgres://ada:s3cret@host/x and amqp://u@h', 'postgres://***@host/x and amqp://***@h'],
  ['/callback?code=1&access_token=s3cret&page=2', '/callback?code=1&access_token=***&page=2'],
  ['host=db password=s3cret sslmode=off', 'host=db password=*** sslmode=off'],
  ['body {"user":"ada","password":"s3\\"cret"}', 'body {"user":"ada","password":"***"}'],
])('the secret in the text %j is masked', (text, masked) => {
  expect(JSON.parse(mask({ msg: text, list: [text] }))).toEqual({ msg: masked, list: [masked] });
});

test('secrets in raw headers and name-value pairs are masked', () => {
  const raw = ['Host', 'x', 'Cookie', 'a=s3cret', 'x-api-key', 's3cret'];
  expect(JSON.parse(mask({ raw, pairs: [['authorization', 's3cret']] }))).toEqual({
    raw: ['Host', 'x', 'Cookie', '***', 'x-api-key', '***'],
    pairs: [['authorization', '***']],
  });
});

test('any line stays valid JSON, and adversarial lines are masked in linear time', () => {
  const parts = [
    '"',
    '\\',
    '\\"',
    'token',
    '":"',
    '{',
    '}',
    '[',
    ']',
    ',',
    'Bearer ',
    '://',
    '@',
    'é',
    '\n',
    'password=',
  ];
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const text = () => Array.from({ length: random(12) }, () => parts[random(parts.length)]).join('');
  for (let i = 0; i < 5_000; i++) {
    const fields = { [text()]: text(), list: [text(), { [text()]: [text()] }], n: i };
    expect(JSON.parse(mask(fields))).toMatchObject({ n: i });
  }
  const before = process.cpuUsage();
  for (const part of ['\\"token', '://a', 'basic a', 'Basic ', '"token":"', 'eyJa', 'password', 'a=b&token=']) {
    mask({ msg: part.repeat(100_000), [part.repeat(100_000)]: 1 });
  }
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
