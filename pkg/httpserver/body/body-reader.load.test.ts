import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { createLogging } from '../../logging/logging.ts';
import { createHttpServer } from '../server.ts';

test('a request with a body is freed by a minor collection, not only by a full one', async () => {
  setFlagsFromString('--expose-gc');
  const gc: (options?: { type: 'minor' }) => void = runInNewContext('gc');
  const { logger } = await createLogging({ level: 'fatal', format: 'json' }, { write: () => {} });
  const server = createHttpServer({ name: 'http', host: '127.0.0.1', port: 0 }, { logger });
  server.app.post('/echo', { schema: { body: Type.Object({}, { maxProperties: 10 }) } }, async ({ body }) => ({
    body,
  }));
  await server.listen();
  onTestFinished(() => server.close(AbortSignal.timeout(500)));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  async function send(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const sent = request({
        port: server.address()?.port,
        path: '/echo',
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      });
      const [response] = await once(sent.end('{}'), 'response');
      await once(response.resume(), 'end');
    }
  }

  await send(500);
  gc();
  const before = process.memoryUsage().heapUsed;
  await send(1000);
  gc({ type: 'minor' });
  gc({ type: 'minor' });
  const bytesEach = (process.memoryUsage().heapUsed - before) / 1000;
  agent.destroy();

  expect(bytesEach).toBeLessThan(2 * 1024);
});
