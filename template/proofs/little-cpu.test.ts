import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Service, startService } from '../../test/support/service.ts';
import { load } from './load/http-load.ts';

/** Lets the process run for 10 of 110 ms, like a container among busy ones, until `signal` aborts. */
async function throttle(service: Service, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    service.kill('SIGSTOP');
    await pause(100);
    service.kill('SIGCONT');
    await pause(10);
  }
}

test('a process that has just started and gets little CPU rejects no request of eight clients', async () => {
  const service = await startService();
  const throttling = new AbortController();
  const throttled = throttle(service, throttling.signal);
  onTestFinished(async () => {
    throttling.abort();
    await throttled;
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });
  const { responses } = await load({ url: `${service.url}/version`, seconds: 5, connections: 8 });
  expect([...responses.keys()]).toEqual([200]);
  expect(responses.get(200)).toBeGreaterThan(50);
});
