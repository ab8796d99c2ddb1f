import { expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';

test("a handler's error is logged without its other properties, by the server and by the route", async () => {
  const { server, lines } = await createObservedServer();
  const failure = () =>
    Object.assign(new TypeError('no connection', { cause: new Error('reset') }), {
      code: 'ECONNRESET',
      client: { secretKey: 's3cret', options: { deep: 'h1dden' } },
      config: { headers: { Authorization: 'Bearer s3cret' } },
    });
  server.app.get('/fails', async (request) => {
    request.log.warn({ err: failure() }, 'from the route');
    throw failure();
  });
  await server.listen();
  const response = await fetch(`http://127.0.0.1:${server.address()?.port}/fails`);
  expect(response.status).toBe(500);
  const err = {
    type: 'TypeError',
    message: 'no connection',
    code: 'ECONNRESET',
    stack: expect.stringContaining('logged-errors.test.ts'),
    cause: { type: 'Error', message: 'reset', stack: expect.any(String) },
  };
  for (const msg of ['from the route', 'request failed']) {
    expect(lines.find((line) => line.msg === msg)?.err, msg).toEqual(err);
  }
  await server.close(AbortSignal.timeout(500));
});
