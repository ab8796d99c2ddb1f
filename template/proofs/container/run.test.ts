import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Container, runImage, startContainer } from './container.ts';

let container: Container;
beforeAll(async () => {
  container = await startContainer();
});
afterAll(() => container.remove());

test('the image serves with a read-only file system, without capabilities and as non-root', async () => {
  expect(await (await fetch(`${container.url}/version`)).json()).toMatchObject({
    revision: expect.stringMatching(/^0123/),
  });
  expect((await fetch(`${container.url}/openapi.json`)).status).toBe(200);
  expect((await fetch(`${container.adminUrl}/readyz`)).status).toBe(200);
  expect((await fetch(`${container.adminUrl}/metrics`)).status).toBe(200);
  expect((await fetch(`${container.url}/docs/`)).status).toBe(404);
});

test('the process has no privileges and cannot write', async () => {
  const status = await container.node('require("fs").readFileSync("/proc/1/status", "utf8")');
  expect(status).toMatch(/^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
  expect(status).toMatch(/^Gid:\s+65532\s+65532\s+65532\s+65532$/m);
  expect(status).toMatch(/^CapEff:\s+0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  const write = await container.node('try { require("fs").writeFileSync("/app/x", "") } catch (error) { error.code }');
  expect(write).toBe('EROFS');
});

test('the heap limit is well below the memory limit of the container', async () => {
  const script = 'require("v8").getHeapStatistics().heap_size_limit / 2 ** 20';
  expect(Number(await container.node(script))).toBeLessThan(160);
});

test('an invalid configuration is reported, and the container exits with 78', async () => {
  const { code, stderr } = await runImage(['--env=SKIFF_AUTH_ENABLED=false', '--env=SKIFF_HTTP_PORT=eighty']);
  expect(code).toBe(78);
  expect(stderr).toContain('http.port');
  expect(stderr).toContain('SKIFF_HTTP_PORT');
  expect(stderr).toContain('eighty');
});

test('the container does not start in production without a token issuer', async () => {
  const { code, stderr } = await runImage([]);
  expect(code).toBe(78);
  expect(stderr).toContain('auth.issuer');
  expect(stderr).toContain('SKIFF_AUTH_ENABLED=false');
});

test('options of the service follow the name of the image', async () => {
  const help = await runImage([], ['--help']);
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('--print-config')]);
  const printed = await runImage(['--env=SKIFF_AUTH_ENABLED=false'], ['--print-config', '--set', 'http.port=8181']);
  expect([printed.code, printed.stderr]).toEqual([0, '']);
  expect(printed.stdout).toMatch(/port: 8181 +# --set http\.port/);
});

test('--print-config prints an invalid configuration before its problems, and the container exits with 78', async () => {
  const { code, stdout, stderr } = await runImage(['--env=SKIFF_HTTP_PORT=eighty'], ['--print-config']);
  expect(code).toBe(78);
  expect(stdout).toMatch(/^environment: production +# env NODE_ENV$/m);
  expect(stderr).toContain('SKIFF_HTTP_PORT');
  expect(stderr).toContain('auth.issuer');
});

test('the health check fails if the service does not respond', async () => {
  const { code, stderr } = await runImage(['--entrypoint=/nodejs/bin/node'], ['/app/cmd/healthcheck/main.js']);
  expect(code).toBe(1);
  expect(stderr).toContain('http://127.0.0.1:9091/healthz');
});

test('docker stop makes the container exit with 0 within the grace period', async () => {
  const startedAt = performance.now();
  expect(await container.stop()).toMatchObject({ ExitCode: 0, OOMKilled: false });
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(await container.logs()).toContain('"msg":"stopped"');
});
