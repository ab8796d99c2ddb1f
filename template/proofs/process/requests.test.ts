import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, runServer, type Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';

let service: Service;
beforeAll(async () => {
  service = await startItemsService();
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

test.each(['healthz', 'readyz', 'startupz'])(
  '/%s responds on both listeners, with details only on the admin listener',
  async (name) => {
    for (const base of [service.url, service.adminUrl]) {
      expect(await request(`${base}/${name}`)).toMatchObject({
        status: 200,
        type: 'text/plain; charset=utf-8',
        body: 'ok',
      });
    }
    expect((await request(`${service.adminUrl}/${name}?verbose`)).body).toMatch(
      new RegExp(`\\n${name} check passed\\n$`),
    );
    expect((await request(`${service.url}/${name}?verbose`)).body).toBe('ok');
  },
);

test('/readyz/<name> returns a single check, on the admin listener only', async () => {
  expect((await request(`${service.adminUrl}/readyz/listener`)).status).toBe(200);
  const unknown = await request(`${service.adminUrl}/readyz/nothing`);
  expect(unknown).toMatchObject({ status: 404, type: 'text/plain; charset=utf-8' });
  expect((await request(`${service.url}/readyz/listener`)).status).toBe(404);
});

test('/version returns name, version, revision and Node version', async () => {
  for (const base of [service.url, service.adminUrl]) {
    const { status, body } = await request(`${base}/version`);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { name: expect.any(String), version: expect.any(String), revision: 'unknown', node: process.version },
    ]);
  }
});

test('/openapi.json is a valid OpenAPI 3.1 document with every public route', async () => {
  const { body } = await request(`${service.url}/openapi.json`);
  const document = JSON.parse(body);
  expect(document.openapi).toBe('3.1.0');
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  expect(Object.keys(document.paths).sort()).toEqual(['/v1/items', '/v1/items/{key}', '/version']);
  expect(document.info).toMatchObject({ title: 'skiff', version: expect.any(String), description: expect.any(String) });
  expect(document.servers).toEqual([expect.objectContaining({ url: '/' })]);
  expect(document.tags).toContainEqual({ name: 'service', description: 'The running service.' });
  expect(document.components.schemas.Problem.properties.code.examples).toEqual(['overloaded']);
  expect(document.components).not.toHaveProperty('securitySchemes');
  expect(document.paths['/v1/items'].get).not.toHaveProperty('security');
});

test('with authentication, /openapi.json lists the permission that each operation requires', async () => {
  const env = { SKIFF_ENVIRONMENT: 'development', SKIFF_LOG_FORMAT: 'json', SKIFF_AUTH_ENABLED: 'true' };
  const ports = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0' };
  const guarded = await startItemsService({ env: { ...env, ...ports } });
  const document = JSON.parse((await request(`${guarded.url}/openapi.json`)).body);
  expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
  expect(document.paths['/v1/items'].get.security).toEqual([{ bearer: ['items:read'] }]);
  expect(document.paths['/version'].get.security).toBeUndefined();
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  guarded.kill('SIGTERM');
  expect((await guarded.exit).code).toBe(0);
});

test('a service whose schema has an unbounded string does not start', async () => {
  const { code, stdout } = await runServer({ program: 'template/support/unbounded-server.ts' });
  expect(code).toBe(1);
  expect(stdout).toContain('/v1/notes body/properties/text: expected maxLength');
});

test('the code of a problem is in the access log and in a metric', async () => {
  await request(`${service.url}/v1/items/absent`);
  await expect
    .poll(() => service.lines.find(({ path }) => path === '/v1/items/absent'))
    .toMatchObject({ problem: 'item_not_found' });
  const { body } = await request(`${service.adminUrl}/metrics`);
  expect(body).toMatch(/^http_problems_total\{handler="\/v1\/items\/\{key\}",problem="item_not_found"\} [1-9]/m);
});

test('/docs shows the OpenAPI document, except in production', async () => {
  expect((await request(`${service.url}/docs/`)).body).toContain('swagger');
  const production = await startItemsService({
    env: {
      SKIFF_ENVIRONMENT: 'production',
      SKIFF_HTTP_PORT: '0',
      SKIFF_ADMIN_PORT: '0',
      SKIFF_AUTH_ENABLED: 'false',
    },
  });
  expect((await request(`${production.url}/docs`)).status).toBe(404);
  production.kill('SIGTERM');
  expect((await production.exit).code).toBe(0);
});

test('/metrics is only on the admin listener, in the requested format', async () => {
  await request(`${service.url}/v1/items`);
  const text = await request(`${service.adminUrl}/metrics`);
  expect(text.type).toContain('text/plain; version=0.0.4');
  for (const name of [
    'build_info',
    'http_requests_in_flight',
    'nodejs_eventloop_active_seconds_total',
    'nodejs_gc_duration_seconds_count',
    'process_memory_limit_bytes',
    'process_resident_memory_bytes',
  ]) {
    expect(text.body).toMatch(new RegExp(`^${name}`, 'm'));
  }
  expect(text.body).toMatch(/^http_requests_total\{method="GET",handler="\/v1\/items",code="200"\} \d+$/m);
  const open = await request(`${service.adminUrl}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
  expect(open.type).toContain('application/openmetrics-text; version=1.0.0');
  expect(open.body).toMatch(/# EOF\n$/);
  expect((await request(`${service.url}/metrics`)).status).toBe(404);
});

test.each([
  ['gzip', 'gzip'],
  ['br;q=1, GZIP;q=0.5', 'gzip'],
  ['gzip;q=0', null],
  ['identity, br', null],
])('/metrics for Accept-Encoding: %s has the content coding %s', async (accepted, coding) => {
  const response = await fetch(`${service.adminUrl}/metrics`, { headers: { 'accept-encoding': accepted } });
  expect(response.headers.get('content-encoding')).toBe(coding);
  expect(response.headers.get('vary')).toBe('accept, accept-encoding');
  expect(await response.text()).toMatch(/^build_info\{/m);
});

test('/config shows the effective configuration with origins', async () => {
  const settings: { key: string }[] = JSON.parse((await request(`${service.adminUrl}/config`)).body);
  expect(settings.find(({ key }) => key === 'environment')).toMatchObject({
    value: 'test',
    origin: 'env SKIFF_ENVIRONMENT',
  });
});

test('PUT /loglevel changes the level at run time', async () => {
  const put = (level: string) =>
    request(`${service.adminUrl}/loglevel`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ level }),
    });
  expect(JSON.parse((await request(`${service.adminUrl}/loglevel`)).body)).toEqual({ level: 'info' });
  expect((await put('warn')).status).toBe(200);
  await request(`${service.url}/v1/items?limit=3`);
  expect((await put('info')).status).toBe(200);
  await request(`${service.url}/v1/items/not-there`);
  await expect.poll(() => service.lines.some(({ path }) => path === '/v1/items/not-there')).toBe(true);
  expect(service.lines.filter(({ msg }) => msg === 'log level changed')).toHaveLength(2);
  expect((await put('loud')).status).toBe(422);
});

test('probes and scrapes are not in the access log', async () => {
  for (const path of ['/healthz', '/readyz', '/metrics']) await request(service.adminUrl + path);
  await request(`${service.url}/healthz`);
  await request(`${service.url}/v1/items/last`);
  await expect.poll(() => service.lines.some(({ path }) => path === '/v1/items/last')).toBe(true);
  const handlers = service.lines.filter(({ msg }) => msg === 'request').map(({ handler }) => handler);
  expect(handlers).toContain('/v1/items/{key}');
  for (const probe of ['/healthz', '/readyz', '/metrics']) expect(handlers).not.toContain(probe);
});

test('the last value of a duplicate key in a body is used', async () => {
  const body = '{"enabled":true,"description":"first","description":"last","enabled":false}';
  const headers = { 'content-type': 'application/json' };
  const { status, body: text } = await request(`${service.url}/v1/items/twice`, { method: 'PUT', headers, body });
  expect([status, JSON.parse(text)]).toEqual([201, expect.objectContaining({ enabled: false, description: 'last' })]);
});

test.each(['{"__proto__":{"enabled":true}}', '{"enabled":true,"constructor":{"prototype":{"enabled":true}}}'])(
  'a body that could pollute a prototype, %s, is rejected',
  async (body) => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await request(`${service.url}/v1/items/polluted`, { method: 'PUT', headers, body });
    expect(status).toBe(400);
    expect((await request(`${service.url}/v1/items/polluted`)).status).toBe(404);
  },
);
