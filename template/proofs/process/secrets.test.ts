import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENV_PREFIX } from '../../../internal/config/layers.ts';
import { schema } from '../../../internal/config/schema.ts';
import { envFileName } from '../../../pkg/config/env-names.ts';
import { settingsOf } from '../../../pkg/config/schema.ts';
import { AUDIENCE, startIssuer } from '../../../test/support/issuer.ts';
import { runServer } from '../../../test/support/service.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { createTestAuthority } from '../../../test/support/test-authority.ts';
import { startItemsService } from '../../support/items-service.ts';

const randomSecret = () => randomBytes(12).toString('hex');

test('no secret appears in logs, responses, printed configurations or errors', async () => {
  const issuer = await startIssuer(['items-editor', 'admin']);
  const pair = await (await createTestAuthority()).issue('CN=server');
  const folder = temporaryFiles({ 'tls.crt': pair.cert, 'tls.key': pair.key });
  const planted = new Map<string, string>();
  const env: NodeJS.ProcessEnv = {
    SKIFF_LOG_LEVEL: 'trace',
    SKIFF_DEBUG_ENABLED: 'true',
    SKIFF_AUTH_ENABLED: 'true',
    SKIFF_AUTH_ISSUER: issuer.url,
    SKIFF_AUTH_AUDIENCE: AUDIENCE,
    SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
    SKIFF_ADMIN_TLS_CERT_FILE: join(folder, 'tls.crt'),
    SKIFF_ADMIN_TLS_KEY_FILE: join(folder, 'tls.key'),
  };
  // All secrets of the current schema.
  for (const [key, setting] of settingsOf(schema)) {
    if (setting.secret !== true) continue;
    const secret = randomSecret();
    planted.set(key, secret);
    env[envFileName(ENV_PREFIX, key)] = join(temporaryFiles({ secret: `${secret}\n` }), 'secret');
  }
  const [editor, admin] = await Promise.all([issuer.token('items-editor'), issuer.token('admin')]);
  const [, keyLine = ''] = readFileSync(join(folder, 'tls.key'), 'utf8').split('\n');
  planted.set('the TLS key', keyLine.slice(0, 40));
  planted.set("an editor's token", editor.slice(-60));
  planted.set("an admin's token", admin.slice(-60));
  const [query, cookie, password, unparsed] = [randomSecret(), randomSecret(), randomSecret(), randomSecret()];
  planted.set('a token in a query', query).set('a cookie', cookie).set('a password', password).set('garbage', unparsed);

  const service = await startItemsService({ env });
  const outputs: string[] = [];
  const port = Number(new URL(service.url).port);
  const headers = { 'content-type': 'application/json', cookie: `session=${cookie}` };
  for (const token of [editor, admin, `${editor}x`]) {
    for (const path of ['/v1/items', `/v1/items/x?token=${query}`, '/nothing', '/v1/items/%ff']) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? `{"enabled":"${password}"` : null;
        const init = { method, body, headers: { ...headers, authorization: `Bearer ${token}` } };
        const response = await fetch(service.url + path, init);
        outputs.push(await response.text(), JSON.stringify([...response.headers]));
      }
    }
  }
  const basic = Buffer.from(`ada:${password}`).toString('base64');
  planted.set('basic credentials', basic);
  await fetch(`${service.url}/v1/items`, { headers: { authorization: `Basic ${basic}` } });
  const raw = connect(port, '127.0.0.1').on('error', () => {});
  raw.end(`GET / HTTP/9\r\nAuthorization: Bearer ${unparsed}\r\n\r\n`);
  await service.line('rejected a request that cannot be parsed');
  service.kill('SIGTERM');
  const { code, stderr } = await service.exit;
  expect(code).toBe(0);
  outputs.push(JSON.stringify(service.lines), stderr);

  const printed = await runServer({ env, args: ['--print-config'] });
  const wrong = await runServer({
    env: {
      ...env,
      SKIFF_AUTH_ISSUER: `https://ada:${password}@id.example/${' '}`,
      SKIFF_AUTH_JWKS_URL: `https://:${password}@id.example`,
    },
    args: ['--set', `log.pasword=${password}`],
  });
  const invalid = await runServer({ env: { ...env, SKIFF_HTTP_PORT: 'many' }, args: ['--print-config'] });
  expect([printed.code, wrong.code, invalid.code]).toEqual([0, 78, 78]);
  for (const { stdout, stderr } of [printed, wrong, invalid]) outputs.push(stdout, stderr);
  await issuer.close();

  const all = outputs.join('\n');
  expect(all).toContain('token_invalid');
  expect(all).toContain('"audit"');
  for (const [what, secret] of planted) expect(all.includes(secret), what).toBe(false);
});
