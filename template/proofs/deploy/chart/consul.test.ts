import { expect, test } from 'vitest';
import { render, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';

test.each([
  ['the agent of the node and other instances', { enabled: true }, [8500, 'http']],
  [
    'an agent at another address, and other instances',
    { enabled: true, address: 'https://[::1]:8501' },
    [8501, 'http'],
  ],
  ['nothing for Consul if it is disabled', { enabled: false, address: 'http://consul:8500' }, []],
])('the NetworkPolicy allows connections to %s', async (_, consul, ports) => {
  expect(egressPorts(await render({ config: { consul } }))).toEqual([53, 53, ...ports]);
});

test('the service registers the address of its pod', async () => {
  const manifests = await render({ config: { consul: { enabled: true } } });
  expect(JSON.stringify(theOne(manifests, 'Deployment'))).toContain('status.podIP');
});

test.each(['192.0.2.7', '2001:db8::7'])('the service connects to the agent of its node at %s', async (hostIp) => {
  const manifests = await render({ config: { consul: { enabled: true } } });
  const { hostname, port } = new URL(effectiveConfig(manifests, { hostIp }).consul.address);
  expect([hostname.replace(/^\[|\]$/g, ''), port]).toEqual([hostIp, '8500']);
});

const TOKEN = { 'consul.token': { name: 'skiff', key: 'token' } };

/** Invalid values and the path or text that the error message must contain, as in rejected.test.ts. */
const REJECTED: readonly [what: string, values: object, path: string][] = [
  ['a secret in the ConfigMap', { config: { consul: { token: 'hush' } } }, '/config/consul'],
  ['a secret for an unknown setting', { secrets: { 'consul.tokn': { name: 'a', key: 'b' } } }, "'consul.tokn'"],
  [
    'a secret that is also a variable',
    { secrets: TOKEN, extraEnv: [{ name: 'SKIFF_CONSUL_TOKEN' }] },
    'secrets.consul.token and',
  ],
  [
    'a secret whose file is also a variable',
    { secrets: TOKEN, extraEnv: [{ name: 'SKIFF_CONSUL_TOKEN_FILE' }] },
    'set the same setting',
  ],
  ['a literal secret', { secrets: { 'consul.token': 'hush' } }, '/secrets/consul.token'],
  ['a secret without its key', { secrets: { 'consul.token': { name: 'skiff' } } }, '/secrets/consul.token'],
  ['a volume named secrets', { secrets: TOKEN, extraVolumes: [{ name: 'secrets' }] }, 'two volumes are named secrets'],
];

test.each(REJECTED)('%s is rejected with its path', async (_, values, path) => {
  await expect(render(values)).rejects.toThrow(path);
});
