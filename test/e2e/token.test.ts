import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { blocksIn, ROOT, read } from '../docs/markdown.ts';
import { runServer, type Service, startService } from '../support/service.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

const PORTS = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0', SKIFF_LOG_FORMAT: 'json' };
const run = promisify(execFile);

const [, section = ''] = /^## Tokens for development$(.*?)^## /ms.exec(read('SECURITY.md')) ?? [];
const [START = '', ...REQUESTS] = blocksIn(section).map(({ code }) => code.trim());

async function start(env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Service> {
  const service = await startService({ env: { ...PORTS, SKIFF_ENVIRONMENT: 'development', ...env }, args });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await service.exit;
  });
  return service;
}

async function token(...args: string[]): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', 'token', '--', ...args], { cwd: ROOT });
  return stdout.trimEnd();
}

/** Runs `npm run token`, which must fail. */
function failure(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return run(process.execPath, ['scripts/token/main.ts', ...args], { cwd: ROOT }).then(
    () => Promise.reject(new Error('npm run token succeeded')),
    (error) => error,
  );
}

test('the requests in SECURITY.md succeed when they are copied literally, and fail without their token', async () => {
  const [, options = ''] = /^npm start -- (.+)$/.exec(START) ?? [];
  const { url, adminUrl } = await start({}, options.split(' '));
  // Makes curl exit with 22 on an error response.
  const CURL_HOME = temporaryFiles({ '.curlrc': 'fail\nsilent\n' });
  const shell = (code: string) =>
    run('bash', ['-euo', 'pipefail', '-c', code], { cwd: ROOT, env: { ...process.env, CURL_HOME } });
  expect(REQUESTS.length).toBeGreaterThan(0);
  for (const request of REQUESTS) {
    const command = request.replace('http://localhost:8080', url).replace('http://localhost:9091', adminUrl);
    await expect(shell(command.replace(/authorization: Bearer /, 'x-none: '))).rejects.toMatchObject({ code: 22 });
    expect((await shell(command)).stdout).toMatch(/^HTTP\/1\.1 20[01] /);
  }
});

test('npm run token prints nothing but a token with the given roles, caller and expiry, and keeps its key private', async () => {
  const [, claims = ''] = (await token('--roles', 'admin', '--subject', 'ada', '--expires', '10m')).split('.');
  const { sub, roles, iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect([sub, roles, exp - iat, iss]).toEqual(['ada', ['admin'], 600, 'https://development.invalid']);
  expect(statSync(`${ROOT}/.cache/development-issuer/private-key.pem`).mode & 0o777).toBe(0o600);
});

test.each([
  [['--role', 'admin'], 'unknown option --role; did you mean --roles?'],
  [['--roles', 'admni'], 'unknown role admni; did you mean admin?'],
  [['--expires', '1d'], '--expires 1d: expected a duration'],
])('npm run token %j is rejected with the reason and no token', async (args, reason) => {
  const { code, stdout, stderr } = await failure(...args);
  expect([code, stdout, stderr]).toEqual([64, '', expect.stringContaining(reason)]);
});

test('production rejects the issuer of npm run token', async () => {
  const { code, stderr } = await runServer({
    env: {
      SKIFF_ENVIRONMENT: 'production',
      SKIFF_AUTH_ISSUER: 'https://development.invalid',
      SKIFF_AUTH_AUDIENCE: 'api',
      SKIFF_AUTH_JWKS_FILE: '.cache/development-issuer/jwks.json',
    },
  });
  expect([code, stderr]).toEqual([78, expect.stringContaining('only development and test accept that of')]);
});

test('a permission that no role grants is logged at the start, with its routes and the nearest permission', async () => {
  const service = await start({ SKIFF_AUTH_ENABLED: 'true', SKIFF_AUTH_GRANTS: 'operator=admni' });
  const line = await service.line('no role in auth.grants has the permission admin; did you mean admni?');
  expect(line).toMatchObject({ level: 'warn', permission: 'admin' });
  expect(line.routes).toEqual(expect.arrayContaining(['GET /config', 'PUT /loglevel']));
});
