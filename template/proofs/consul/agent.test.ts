import { expect, test } from 'vitest';
import { startAgent } from '../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../test/support/consul/binary.ts';
import { startProtectedAgent } from '../../support/consul/access-control.ts';
import { startCluster } from '../../support/consul/cluster.ts';

describeWithConsul('the test agents', () => {
  test('an agent serves, can be killed, restarts on the same port without its data, and can be paused', async () => {
    const agent = await startAgent();
    try {
      await agent.api('PUT', '/kv/x', { body: 'one' });
      expect(await agent.api('GET', '/kv/x?keys')).toEqual(['x']);
      await agent.kill();
      await expect(agent.api('GET', '/kv/x')).rejects.toThrow('fetch failed');
      await agent.restart();
      expect(await agent.api('GET', '/kv/x')).toBeUndefined();
      agent.pause();
      await expect(fetch(`${agent.url}/v1/status/leader`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
      agent.resume();
      expect(await agent.api('GET', '/status/leader')).not.toBe('');
    } finally {
      await agent.stop();
    }
  });

  test('a cluster of three keeps its data when its leader is killed, and elects another', async () => {
    const cluster = await startCluster();
    try {
      const first = await cluster.leader();
      await first.api('PUT', '/kv/x', { body: 'one' });
      await first.kill();
      const second = await cluster.leader();
      expect(second).not.toBe(first);
      expect(await second.api('GET', '/kv/x?keys&consistent')).toEqual(['x']);
      await first.restart();
      expect(await cluster.leader()).toBeDefined();
    } finally {
      await cluster.stop();
    }
  });

  test('a protected agent enforces the rules of a token, and rejects it after revocation', async () => {
    const agent = await startProtectedAgent();
    try {
      const { accessor, secret } = await agent.createToken('key_prefix "a/" { policy = "write" }');
      expect(await agent.api('PUT', '/kv/a/x', { body: 'one', token: secret })).toBe(true);
      await expect(agent.api('PUT', '/kv/b/x', { body: 'one', token: secret })).rejects.toThrow('403');
      await agent.revokeToken(accessor);
      await expect(agent.api('PUT', '/kv/a/x', { body: 'one', token: secret })).rejects.toThrow('403');
    } finally {
      await agent.stop();
    }
  });
});
