import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { KeysUnavailableError } from './key-source.ts';
import { createRemoteKeys, type RemoteKeysOptions } from './remote-keys.ts';

const HEADER = { alg: 'RS256', kid: 'a' };
const TOKEN = { payload: '', signature: '' };

async function keySet(kid: string): Promise<string> {
  const { publicKey } = await generateKeyPair('RS256', { extractable: true });
  const key: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'RS256' };
  return JSON.stringify({ keys: [key] });
}

async function serve(listener: RequestListener, options: Partial<RemoteKeysOptions> = {}) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const results: string[] = [];
  const keys = createRemoteKeys(
    { url: `http://127.0.0.1:${port}/keys`, ...options },
    { logger: pino({ level: 'silent' }), onFetch: (result) => results.push(result) },
  );
  onTestFinished(async () => {
    keys.stop();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { keys, results, requests: () => requests };
}

const USELESS: [what: string, listener: RequestListener][] = [
  ['an error', (_, response) => response.writeHead(500).end('{}')],
  ['a body that is not JSON', (_, response) => response.end('<html>')],
  ['an empty key set', (_, response) => response.end('{"keys":[]}')],
  ['a malformed key set', (_, response) => response.end('{"keys":{"length":1}}')],
  ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/keys' }).end()],
  ['more than a megabyte', (_, response) => response.end(`{"keys":[${'{"kty":"RSA"},'.repeat(100_000)}{}]}`)],
  ['nothing', () => {}],
  ['a body that never ends', (_, response) => void response.write('{')],
];

test.each(USELESS)('an issuer that responds with %s yields no keys within the time limit', async (_what, listener) => {
  const { keys, results } = await serve(listener, { timeoutMs: 200 });
  await keys.start();
  expect([results, keys.generation]).toEqual([['failure'], 0]);
  await expect(keys.find(HEADER, TOKEN)).rejects.toThrow(KeysUnavailableError);
});

test('concurrent lookups share one fetch', async () => {
  const set = await keySet('a');
  const { keys, requests } = await serve((_, response) => response.end(set));
  await Promise.all(Array.from({ length: 20 }, () => keys.find(HEADER, TOKEN)));
  expect(requests()).toBe(1);
});

test('unknown keys trigger at most one fetch per cooldown', async () => {
  const set = await keySet('a');
  const { keys, requests } = await serve((_, response) => response.end(set), { cooldownMs: 600_000 });
  await keys.start();
  for (let i = 0; i < 20; i++) {
    await expect(keys.find({ ...HEADER, kid: `b${i}` }, TOKEN)).rejects.toThrow('no applicable key found');
  }
  expect(requests()).toBe(1);
});

test('an unknown key is fetched and found once the cooldown is over', async () => {
  let set = await keySet('a');
  const { keys } = await serve((_, response) => response.end(set), { cooldownMs: 0 });
  await keys.start();
  expect(keys.generation).toBe(1);
  set = await keySet('b');
  await keys.find({ ...HEADER, kid: 'b' }, TOKEN);
  expect(keys.generation).toBe(2);
  await expect(keys.find(HEADER, TOKEN)).rejects.toThrow('no applicable key found');
});
