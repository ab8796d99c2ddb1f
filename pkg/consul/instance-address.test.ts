import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { findInstanceAddress } from './instance-address.ts';

test('the address is the configured one, else that of the pod, else one of the machine, but not a loopback one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const agentAddress = `http://127.0.0.1:${address.port}`;
  const { signal } = new AbortController();
  expect(await findInstanceAddress({ configured: '127.0.0.1', podIp: '10.1.2.3', agentAddress }, signal)).toBe(
    '127.0.0.1',
  );
  expect(await findInstanceAddress({ podIp: '10.1.2.3', agentAddress }, signal)).toBe('10.1.2.3');
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? []);
  const found = await findInstanceAddress({ agentAddress }, signal).catch(String);
  if (found.startsWith('Error')) expect(found).toContain('consul.service.address');
  else expect(own.filter((one) => one !== '127.0.0.1')).toContain(found);
});
