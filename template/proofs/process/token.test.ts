import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runServer, type Service, startService } from '../../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

async function start(env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const ports = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0', SKIFF_LOG_FORMAT: 'json' };
  const enabled = { SKIFF_ENVIRONMENT: 'development', SKIFF_AUTH_ENABLED: 'true' };
  const service = await startService({ env: { ...ports, ...enabled, ...env } });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await service.exit;
  });
  return service;
}

/** Runs `npm run token`, and rejects with its exit code and output if it fails. */
async function token(...args: string[]): Promise<string> {
  return (await run(process.execPath, ['scripts/token/main.ts', ...args], { cwd: ROOT })).stdout;
}

test('npm run token prints a token with the roles, caller and expiry, which the service accepts in development', async () => {
  const { adminUrl } = await start();
  const status = async (bearer: string) => {
    const headers = { authorization: `Bearer ${bearer.trimEnd()}` };
    return (await fetch(`${adminUrl}/loglevel`, { headers })).status;
  };
  const printed = await token('--roles', 'admin', '--subject', 'ada', '--expires', '10m');
  const [, claims = ''] = printed.split('.');
  const { sub, roles, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect([sub, roles, exp - iat]).toEqual(['ada', ['admin'], 600]);
  expect([await status(printed), await status(await token()), await status('')]).toEqual([200, 403, 401]);
});

test.each([
  [['--role', 'admin'], 'unknown option --role; did you mean --roles?'],
  [['--roles', 'admni'], 'unknown role admni; did you mean admin?'],
  [['--expires', '1d'], '--expires 1d: expected a duration'],
])('npm run token rejects %j with the reason, and prints no token', async (args, reason) => {
  await expect(token(...args)).rejects.toMatchObject({
    code: 64,
    stdout: '',
    stderr: expect.stringContaining(reason),
  });
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
  const { line } = await start({ SKIFF_AUTH_GRANTS: 'operator=admni' });
  const warning = await line('no role in auth.grants has the permission admin; did you mean admni?');
  expect(warning).toMatchObject({ level: 'warn', permission: 'admin' });
  expect(warning.routes).toEqual(expect.arrayContaining(['GET /config', 'PUT /loglevel']));
});
