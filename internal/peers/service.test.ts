import { expect, test } from 'vitest';
import { createPeerService } from './service.ts';

test('without Consul, an instance lists only itself', async () => {
  const self = { name: 'a', version: '1.0.0', revision: 'b', node: 'c' };
  const { list } = createPeerService({ self, discovery: undefined });
  expect(await list({ requestId: 'd', signal: new AbortController().signal })).toEqual({
    items: [{ id: 'self', version: self }],
    complete: true,
  });
});
