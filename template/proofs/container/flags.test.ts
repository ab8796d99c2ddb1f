import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Container, startContainer } from './container.ts';

let container: Container;
beforeAll(async () => {
  container = await startContainer();
});
afterAll(() => container.remove());

test('flags can be written and read in a container', async () => {
  const put = await fetch(`${container.url}/v1/flags/in-a-box`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"enabled":true}',
  });
  expect(put.status).toBe(201);
  expect(await (await fetch(`${container.url}/v1/flags/in-a-box`)).json()).toMatchObject({ enabled: true });
});
