import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIENCE, startIssuer } from '../support/issuer.ts';
import { request, type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

test('a flag is created, read, replaced and deleted', async () => {
  const url = `${service.url}/v1/flags/checkout`;
  const headers = { 'content-type': 'application/json' };
  const created = await request(url, { method: 'PUT', headers, body: '{"enabled":true}' });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe('/v1/flags/checkout');
  const etag = created.headers.get('etag') ?? '';
  expect((await request(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await request(url, { method: 'PUT', headers, body: '{"enabled":false}' })).status).toBe(428);
  const replaced = await request(url, {
    method: 'PUT',
    headers: { ...headers, 'if-match': etag },
    body: '{"enabled":false}',
  });
  expect([replaced.status, JSON.parse(replaced.body)]).toEqual([
    200,
    expect.objectContaining({ enabled: false, version: 2 }),
  ]);
  expect((await request(url, { method: 'DELETE', headers: { 'if-match': etag } })).status).toBe(412);
  const current = replaced.headers.get('etag') ?? '';
  expect((await request(url, { method: 'DELETE', headers: { 'if-match': current } })).status).toBe(204);
  const metrics = (await request(`${service.adminUrl}/metrics`)).body;
  expect(metrics).toContain('flags_writes_total{operation="create",result="ok"} 1');
});

test('/openapi.json describes the flag routes', async () => {
  const { paths } = JSON.parse((await request(`${service.url}/openapi.json`)).body);
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/flags', '/v1/flags/{key}']));
});

test('with the default grants, readers can read flags and editors can write them', async () => {
  const issuer = await startIssuer(['flags-reader', 'flags-editor']);
  const guarded = await startService({
    env: {
      SKIFF_AUTH_ENABLED: 'true',
      SKIFF_AUTH_ISSUER: issuer.url,
      SKIFF_AUTH_AUDIENCE: AUDIENCE,
      SKIFF_AUTH_JWKS_URL: issuer.jwksUrl,
    },
  });
  const url = `${guarded.url}/v1/flags/checkout`;
  const [reader, editor] = await Promise.all(
    (['flags-reader', 'flags-editor'] as const).map(async (role) => ({
      authorization: `Bearer ${await issuer.token(role)}`,
      'content-type': 'application/json',
    })),
  );
  expect((await request(url, { headers: { ...reader } })).status).toBe(404);
  expect((await request(url, { method: 'PUT', headers: { ...reader }, body: '{"enabled":true}' })).status).toBe(403);
  expect((await request(url, { method: 'PUT', headers: { ...editor }, body: '{"enabled":true}' })).status).toBe(201);
  guarded.kill('SIGTERM');
  await guarded.exit;
  await issuer.close();
});
