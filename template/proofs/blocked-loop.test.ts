import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startService } from '../../test/support/service.ts';

const PROGRAM = fileURLToPath(new URL('testdata/burner.ts', import.meta.url));
const OPTIONS = { overload: { eventLoopDelayMs: 50, heapUsedRatio: 0.95, rssRatio: 0.95 } };

test('while a handler blocks the loop liveness does not answer in time, and afterwards everything does', async () => {
  const service = await startService({ program: PROGRAM, args: [JSON.stringify(OPTIONS)] });
  const probeOnce = () => fetch(`${service.adminUrl}/healthz`, { signal: AbortSignal.timeout(1000) });
  expect((await probeOnce()).status).toBe(200);
  const blocking = fetch(`${service.url}/block`);
  const noticed = (async () => {
    for (;;) await (await probeOnce()).text();
  })();
  await expect(noticed).rejects.toMatchObject({ name: 'TimeoutError' });
  const others = await Promise.all([1, 2, 3].map(() => fetch(`${service.url}/work`)));
  // They came while the loop was blocked: served, or refused because it was late.
  for (const { status } of others) expect([200, 503]).toContain(status);
  expect((await blocking).status).toBe(200);
  await expect.poll(async () => (await fetch(`${service.url}/work`)).status).toBe(200);
  for (const base of [service.adminUrl, service.url]) expect((await fetch(`${base}/healthz`)).status).toBe(200);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});
