import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

test.each(['healthz', 'readyz', 'startupz'])('/%s responds with ok on both listeners', async (name) => {
  for (const base of [service.url, service.adminUrl]) {
    expect(await request(`${base}/${name}`)).toMatchObject({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: 'ok',
    });
  }
  expect((await request(`${service.adminUrl}/readyz?verbose`)).body).toContain('[+]listener ok');
});

test('/version returns the name and the version of the service', async () => {
  const { status, body } = await request(`${service.url}/version`);
  expect([status, JSON.parse(body)]).toEqual([
    200,
    { name: expect.any(String), version: expect.any(String), revision: 'unknown', node: process.version },
  ]);
});

test('/openapi.json describes the public routes', async () => {
  const { status, body } = await request(`${service.url}/openapi.json`);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ openapi: '3.1.0', paths: { '/version': expect.anything() } });
});

test('an unknown path returns a problem document', async () => {
  const { status, type, body } = await request(`${service.url}/v1/nothing`);
  expect([status, type]).toEqual([404, 'application/problem+json']);
  expect(JSON.parse(body)).toMatchObject({ status: 404, code: 'route_not_found' });
});

test('/metrics counts requests by route, on the admin listener only', async () => {
  await request(`${service.url}/version`);
  expect((await request(`${service.adminUrl}/metrics`)).body).toMatch(
    /^http_requests_total\{method="GET",handler="\/version",code="200"\} [1-9]/m,
  );
  expect((await request(`${service.url}/metrics`)).status).toBe(404);
});

test('/config shows the effective settings with their origins, indented', async () => {
  const { type, body } = await request(`${service.adminUrl}/config`);
  expect([type, body]).toEqual(['application/json; charset=utf-8', expect.stringMatching(/^\[\n {2}\{\n {4}"key": /)]);
  const settings: { key: string }[] = JSON.parse(body);
  expect(settings.find(({ key }) => key === 'environment')).toMatchObject({
    value: 'test',
    origin: 'env SKIFF_ENVIRONMENT',
  });
});

test('a request is logged, a probe is not', async () => {
  await request(`${service.url}/healthz`);
  await request(`${service.url}/version?from=the-test`);
  await expect.poll(() => service.lines.some(({ path }) => String(path).includes('/version'))).toBe(true);
  const handlers = service.lines.filter(({ msg }) => msg === 'request').map(({ handler }) => handler);
  expect(handlers).not.toContain('/healthz');
});
