import { expect, test } from 'vitest';
import { request, startService } from '../../../test/support/service.ts';

const PORTS = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0' };

test('the service starts with all routes enabled, and its inputs are bounded on both listeners', async () => {
  const complete = await startService({
    env: { SKIFF_ENVIRONMENT: 'development', SKIFF_LOG_FORMAT: 'json', ...PORTS, SKIFF_DEBUG_ENABLED: 'true' },
  });
  expect((await request(`${complete.adminUrl}/debug/handles`)).status).toBe(200);
  expect((await request(`${complete.url}/v1/flags`)).status).toBe(200);
  expect((await request(`${complete.url}/v1/flags/`)).status).toBe(404);
  for (const limit of ['0x10', '%205', '5%20', '+5', '1e1', '1.0', '', '05']) {
    expect((await request(`${complete.url}/v1/flags?limit=${limit}`)).status, limit).toBe(422);
  }
  const put = (expiresAt: string) =>
    request(`${complete.url}/v1/flags/short`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true, expiresAt }),
    });
  for (const expiresAt of [
    `2999-01-01T00:00:00.${'1'.repeat(900_000)}Z`,
    '2999-01-01\n00:00:00Z',
    '2999-01-01 00:00:00Z',
  ]) {
    expect((await put(expiresAt)).status).toBe(422);
  }
  expect((await put('2999-01-01T00:00:00.5Z')).status).toBe(201);
  complete.kill('SIGTERM');
  expect((await complete.exit).code).toBe(0);
});
