import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runServer, startService } from '../support/service.ts';

test('an invalid configuration reports every problem and exits with 78 before opening a port', async () => {
  const { code, stdout, stderr } = await runServer({
    env: { SKIFF_HTTP_PORT: 'many', SKIFF_HTPP_PORT: '1' },
    args: ['--set', 'log.level=loud', '--set', 'lifecycle.drainDelay=soon'],
  });
  expect([code, stdout]).toEqual([78, '']);
  for (const name of ['SKIFF_HTTP_PORT', 'SKIFF_HTPP_PORT', 'log.level', 'lifecycle.drainDelay']) {
    expect(stderr).toContain(name);
  }
});

test('--print-config prints each setting with its origin', async () => {
  const env = { SKIFF_HTTP_PORT: '8181' };
  const { code, stdout } = await runServer({ env, args: ['--set', 'log.level=error', '--print-config'] });
  expect(code).toBe(0);
  expect(stdout).toMatch(/port: 8181\s+# env SKIFF_HTTP_PORT/);
  expect(stdout).toMatch(/level: error\s+# --set log\.level/);
});

test('--version prints the name and the version', async () => {
  const { code, stdout } = await runServer({ args: ['--version'] });
  expect([code, stdout]).toEqual([0, `${packageJson.name} ${packageJson.version}\n`]);
});

test('a port that is in use is reported with its setting, and the service exits with 1', async () => {
  const first = await startService();
  const { port } = new URL(first.url);
  const { code, stdout } = await runServer({ env: { SKIFF_HTTP_PORT: port } });
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining(`cannot listen on 127.0.0.1:${port} (http.host, http.port)`),
  ]);
  first.kill('SIGTERM');
  expect((await first.exit).code).toBe(0);
});
