import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { runServer, startService } from '../../../test/support/service.ts';

const directory = mkdtempSync(join(tmpdir(), 'configuration-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function file(content: string): string {
  const path = join(directory, `${++files}.yaml`);
  writeFileSync(path, content);
  return path;
}

test('all configuration problems are reported at once, and the service exits with 78 before opening a port', async () => {
  const path = file('http:\n  prot: 1\n  port: many\nlog:\n  level: loud\n');
  const { code, stdout, stderr } = await runServer({
    env: { SKIFF_CONFIG_FILE: path, SKIFF_HTTP_BODY_LIMIT: '1', SKIFF_HTPP_PORT: '1', SKIFF_ADMIN_PORT: '' },
    args: ['--set', 'lifecycle.drainDelay=soon', '--set', 'nonsense'],
  });
  expect(code).toBe(78);
  expect(stdout).toBe('');
  for (const clue of ['http.prot', ':3', 'log.level', 'SKIFF_HTTP_BODY_LIMIT', 'SKIFF_HTPP_PORT', 'SKIFF_ADMIN_PORT']) {
    expect(stderr).toContain(clue);
  }
  expect(stderr).toContain('lifecycle.drainDelay');
  expect(stderr).toContain('nonsense');
  expect(stderr).not.toMatch(/\n\s+at /);
});

const INVALID: [what: string, yaml: string, clue: RegExp][] = [
  ['malformed YAML', 'http:\n  port: [1\n', /\.yaml:\d/],
  ['a duplicate key', 'http:\n  port: 1\n  port: 2\n', /\.yaml:3/],
  ['__proto__', '__proto__:\n  polluted: true\n', /__proto__/],
  ['a top level that is not a mapping', '- 1\n', /\.yaml/],
  ['an empty file', '', /\.yaml: expected a mapping of keys to values, or \{\} for none; it is empty/],
  ['a file with only comments', '# http:\n', /it is empty/],
  ['a port out of range', 'http:\n  port: 65536\n', /http\.port.*65536/s],
  ['a port below the range', 'http:\n  port: -1\n', /http\.port.*-1/s],
];

test.each(INVALID)('%s as the mounted file is rejected', async (_what, yaml, clue) => {
  const { code, stderr } = await runServer({ env: { SKIFF_CONFIG_FILE: file(yaml) } });
  expect(stderr).toMatch(clue);
  expect(code).toBe(78);
});

test('a missing mounted file is reported with its path', async () => {
  const { code, stderr } = await runServer({ env: { SKIFF_CONFIG_FILE: '/nowhere/config.yaml' } });
  expect([code, stderr]).toEqual([78, expect.stringContaining('/nowhere/config.yaml')]);
});

test('a FIFO instead of a mounted file is rejected at once', async () => {
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const { code, stderr } = await runServer({ env: { SKIFF_CONFIG_FILE: fifo } });
  expect(code).toBe(78);
  expect(stderr).toContain(`${fifo}: expected a readable file (it is a FIFO, not a regular file)`);
});

test('a mounted file larger than a ConfigMap can be is rejected', async () => {
  const path = file('# '.padEnd(1024 * 1024 + 1, 'x'));
  const { code, stderr } = await runServer({ env: { SKIFF_CONFIG_FILE: path } });
  expect([code, stderr]).toEqual([78, expect.stringContaining('it is larger than 1048576 bytes')]);
});

test('an unknown environment is rejected', async () => {
  const { code, stderr } = await runServer({ env: { SKIFF_ENVIRONMENT: 'prod' } });
  expect([code, stderr]).toEqual([78, expect.stringContaining('SKIFF_ENVIRONMENT')]);
});

test('the environment variables of Kubernetes service links are ignored', async () => {
  const env = {
    SKIFF_PORT: 'tcp://10.0.0.1:80',
    SKIFF_SERVICE_HOST: '10.0.0.1',
    SKIFF_SERVICE_PORT_HTTP: '80',
    SKIFF_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  expect((await runServer({ env, args: ['--print-config'] })).code).toBe(0);
});

test('--print-config prints the merged configuration as YAML, with the origin of each setting', async () => {
  const { code, stdout } = await runServer({
    env: { SKIFF_HTTP_PORT: '8181' },
    args: ['--set', 'log.level=error', '--print-config'],
  });
  expect(code).toBe(0);
  expect(parse(stdout)).toMatchObject({
    http: { port: 8181 },
    log: { level: 'error' },
    lifecycle: { drainDelay: '0s' },
  });
  expect(stdout).toMatch(/port: 8181\s+# env SKIFF_HTTP_PORT/);
  expect(stdout).toMatch(/level: error\s+# --set log\.level/);
  expect(stdout).toMatch(/drainDelay: 0s\s+# default/);
});

test('--print-config also prints an invalid configuration and its problems, and exits with 78', async () => {
  const { code, stdout, stderr } = await runServer({
    env: { SKIFF_HTTP_PORT: 'many', SKIFF_CONFIG_FILE: file('log: [\n') },
    args: ['--set', 'log.level=error', '--print-config'],
  });
  expect(code).toBe(78);
  expect(parse(stdout)).toMatchObject({ http: { port: 0 }, log: { level: 'error' } });
  expect(stdout).toMatch(/level: error\s+# --set log\.level/);
  expect(stderr).toContain('SKIFF_HTTP_PORT');
  expect(stderr).toContain('well-formed YAML');
});

test.each([
  ['--version', `${packageJson.name} ${packageJson.version}\n`],
  ['--help', 'Usage: '],
])('%s prints and exits', async (flag, text) => {
  const { code, stdout } = await runServer({ args: [flag] });
  expect([code, stdout]).toEqual([0, expect.stringContaining(text)]);
});

test('an unknown option is a usage error', async () => {
  const { code, stderr } = await runServer({ args: ['--prot', '1'] });
  expect([code, stderr]).toEqual([64, expect.stringMatching(/--prot.*Usage:/s)]);
});

test('a port in use is reported with its address and key, and the service exits with 1', async () => {
  const first = await startService();
  const port = new URL(first.url).port;
  const { code, stdout } = await runServer({ env: { SKIFF_HTTP_PORT: port } });
  expect(code).toBe(1);
  expect(stdout).toContain(`cannot listen on 127.0.0.1:${port} (http.host, http.port): the address is already in use`);
  first.kill('SIGTERM');
  expect((await first.exit).code).toBe(0);
});
