import { Agent, get } from 'node:http';
import { expect, test } from 'vitest';
import { startService } from '../support/service.ts';

test('a shutdown under load loses no request', async () => {
  const service = await startService({
    // Overload protection would reject requests on a busy machine.
    env: { SKIFF_LIFECYCLE_DRAIN_DELAY: '1s', SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s' },
  });
  let sent = 0;
  /** Sends requests on one kept-alive connection until a response closes it. A load balancer would send a new one elsewhere. */
  async function client(): Promise<number[]> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: number[] = [];
    for (let closed = false; !closed; ) {
      sent += 1;
      const { status, closing } = await request(`${service.url}/version`, agent);
      statuses.push(status);
      closed = closing;
    }
    agent.destroy();
    return statuses;
  }
  const clients = Promise.all(Array.from({ length: 16 }, client));
  await expect.poll(() => sent).toBeGreaterThan(500);
  service.kill('SIGTERM');
  const statuses = (await clients).flat();
  expect(statuses).toEqual(statuses.map(() => 200));
  expect((await service.exit).code).toBe(0);
});

function request(url: string, agent: Agent): Promise<{ status: number; closing: boolean }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const { statusCode = 0, headers } = response;
      response.resume().on('end', () => resolve({ status: statusCode, closing: headers.connection === 'close' }));
    }).on('error', reject);
  });
}
