import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startService } from '../../test/support/service.ts';

const PROGRAM = fileURLToPath(new URL('testdata/burner.ts', import.meta.url));
const OPTIONS = { overload: { eventLoopDelayMs: 50, heapUsedRatio: 0.95, rssRatio: 0.95 } };

test('while a handler blocks the event loop the liveness probe times out, and afterwards all endpoints recover', async () => {
  const service = await startService({ program: PROGRAM, args: [JSON.stringify(OPTIONS)] });
  const probeOnce = () => fetch(`${service.adminUrl}/healthz`, { signal: AbortSignal.timeout(1000) });
  expect((await probeOnce()).status).toBe(200);
  const blocking = fetch(`${service.url}/block`);
  const probing = (async () => {
    for (;;) await (await probeOnce()).text();
  })();
  await expect(probing).rejects.toMatchObject({ name: 'TimeoutError' });
  const others = await Promise.all([1, 2, 3].map(() => fetch(`${service.url}/work`)));
  // They arrived while the loop was blocked: either served, or rejected as an overload.
  for (const { status } of others) expect([200, 503]).toContain(status);
  expect((await blocking).status).toBe(200);
  await expect.poll(async () => (await fetch(`${service.url}/work`)).status).toBe(200);
  for (const base of [service.adminUrl, service.url]) expect((await fetch(`${base}/healthz`)).status).toBe(200);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});
