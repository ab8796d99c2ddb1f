import { expect, test } from 'vitest';
import { startService } from '../support/service.ts';

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops an idle service with exit code 0', async (signal) => {
  const service = await startService();
  await (await fetch(`${service.url}/version`)).text();
  service.kill(signal);
  expect(await service.exit).toEqual({ code: 0, signal: null, stderr: '' });
  expect(service.lines.at(-1)).toMatchObject({ msg: 'stopped' });
});

test('during the drain delay the service is live but not ready, and closes its connections', async () => {
  const service = await startService({ env: { SKIFF_LIFECYCLE_DRAIN_DELAY: '3s' } });
  service.kill('SIGTERM');
  await service.line('stopping');
  for (const base of [service.url, service.adminUrl]) {
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  }
  const served = await fetch(`${service.url}/version`);
  expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
  expect((await service.exit).code).toBe(0);
});

test('a second signal exits at once with code 1', async () => {
  const service = await startService({ env: { SKIFF_LIFECYCLE_DRAIN_DELAY: '10s' } });
  service.kill('SIGTERM');
  await service.line('stopping');
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(1);
});
