import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Container, runImage, startContainer } from './container.ts';

let container: Container;
beforeAll(async () => {
  container = await startContainer();
});
afterAll(() => container.remove());

test('read-only, without capabilities, not as root: it serves', async () => {
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

test("the heap's limit leaves room below that of the container", async () => {
  const script = 'require("v8").getHeapStatistics().heap_size_limit / 2 ** 20';
  expect(Number(await container.node(script))).toBeLessThan(160);
});

test('a wrong configuration ends it with code 78 and says what is wrong', async () => {
  const { code, stderr } = await runImage(['--env=SKIFF_AUTH_ENABLED=false', '--env=SKIFF_HTTP_PORT=eighty']);
  expect(code).toBe(78);
  expect(stderr).toContain('http.port');
  expect(stderr).toContain('SKIFF_HTTP_PORT');
  expect(stderr).toContain('eighty');
});

test('without an issuer of tokens it refuses to run in production', async () => {
  const { code, stderr } = await runImage([]);
  expect(code).toBe(78);
  expect(stderr).toContain('auth.issuer');
});

test('its health check fails where nothing answers', async () => {
  const { code, stderr } = await runImage([], ['/app/cmd/healthcheck/main.js']);
  expect(code).toBe(1);
  expect(stderr).toContain('http://127.0.0.1:9091/healthz');
});

test('docker stop ends it with code 0, within the time that it gives', async () => {
  const startedAt = performance.now();
  expect(await container.stop()).toMatchObject({ ExitCode: 0, OOMKilled: false });
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(await container.logs()).toContain('"msg":"stopped"');
});
