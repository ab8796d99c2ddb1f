import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';

let service: Service;
beforeAll(async () => {
  service = await startItemsService();
});
afterAll(async () => {
  service.kill('SIGTERM');
  await service.exit;
});

const put = (body: object) =>
  request(`${service.adminUrl}/maintenance`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const statuses = (path: string) =>
  Promise.all([service.url, service.adminUrl].map(async (base) => (await request(base + path)).status));

test('maintenance fails readiness on both listeners, serves requests, and is audited', async () => {
  expect((await put({ seconds: 60, reason: 'INC-42' })).status).toBe(200);
  expect(await statuses('/readyz')).toEqual([503, 503]);
  expect(await statuses('/healthz')).toEqual([200, 200]);
  expect((await request(`${service.url}/v1/items`)).status).toBe(200);
  expect((await request(`${service.adminUrl}/readyz`)).body).toContain('[-]maintenance failed: taken out of service');
  expect((await request(`${service.adminUrl}/readyz?exclude=maintenance`)).status).toBe(200);
  expect((await request(`${service.adminUrl}/metrics`)).body).toContain('\nmaintenance_active 1\n');
  expect(await service.line('maintenance: the instance was taken out of service')).toMatchObject({ reason: 'INC-42' });
  await expect
    .poll(() => service.lines.find(({ handler, msg }) => msg === 'audit' && handler === '/maintenance'))
    .toMatchObject({ method: 'PUT', status: 200 });
  expect((await request(`${service.adminUrl}/maintenance`, { method: 'DELETE' })).status).toBe(200);
  expect(await statuses('/readyz')).toEqual([200, 200]);
});

test('maintenance expires by itself', async () => {
  await put({ seconds: 1, reason: 'short' });
  await service.line('maintenance expired: the instance is back in service');
  expect(await statuses('/readyz')).toEqual([200, 200]);
});

test.each([{ seconds: 3601, reason: 'x' }, { seconds: 0, reason: 'x' }, { seconds: 60 }])(
  'maintenance %j is rejected',
  async (body) => {
    expect((await put(body)).status).toBe(422);
    expect(await statuses('/readyz')).toEqual([200, 200]);
  },
);

test('maintenance is on the admin listener only, and needs the permission admin', async () => {
  expect((await request(`${service.url}/maintenance`)).status).toBe(404);
  const guarded = await startItemsService({
    env: {
      ...{ SKIFF_ENVIRONMENT: 'development', SKIFF_LOG_FORMAT: 'json', SKIFF_AUTH_ENABLED: 'true' },
      ...{ SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0' },
    },
  });
  for (const method of ['GET', 'DELETE']) {
    expect((await request(`${guarded.adminUrl}/maintenance`, { method })).status).toBe(401);
  }
  guarded.kill('SIGTERM');
  await guarded.exit;
});

test('an instance in maintenance stops as usual', async () => {
  const other = await startItemsService();
  const headers = { 'content-type': 'application/json' };
  const body = '{"seconds":3600,"reason":"stop"}';
  await request(`${other.adminUrl}/maintenance`, { method: 'PUT', headers, body });
  other.kill('SIGTERM');
  expect((await other.exit).code).toBe(0);
});
