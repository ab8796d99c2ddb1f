import { expect, test } from 'vitest';
import { render, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';

test.each([
  ['what reaches the agent of the node, and other instances', { enabled: true }, [8500, 'http']],
  ['the same at another address', { enabled: true, address: 'https://[::1]:8501' }, [8501, 'http']],
  ['nothing for Consul that is off', { enabled: false, address: 'http://consul:8500' }, []],
])('a NetworkPolicy lets out %s', async (_, consul, ports) => {
  expect(egressPorts(await render({ config: { consul } }))).toEqual([53, 53, ...ports]);
});

test('the service says where it is itself', async () => {
  const manifests = await render({ config: { consul: { enabled: true } } });
  expect(JSON.stringify(theOne(manifests, 'Deployment'))).toContain('status.podIP');
});

test.each(['192.0.2.7', '2001:db8::7'])('the agent of a node at %s is found', async (hostIp) => {
  const manifests = await render({ config: { consul: { enabled: true } } });
  const { hostname, port } = new URL(effectiveConfig(manifests, { hostIp }).consul.address);
  expect([hostname.replace(/^\[|\]$/g, ''), port]).toEqual([hostIp, '8500']);
});

const TOKEN = { 'consul.token': { name: 'skiff', key: 'token' } };

/** As in rejected.test.ts. */
const REFUSED: readonly [what: string, values: object, path: string][] = [
  ['a secret in the ConfigMap', { config: { consul: { token: 'hush' } } }, '/config/consul'],
  ['a secret that is no setting', { secrets: { 'consul.tokn': { name: 'a', key: 'b' } } }, "'consul.tokn'"],
  [
    'a secret as a variable too',
    { secrets: TOKEN, extraEnv: [{ name: 'SKIFF_CONSUL_TOKEN' }] },
    'secrets.consul.token and',
  ],
  [
    'its file as a variable too',
    { secrets: TOKEN, extraEnv: [{ name: 'SKIFF_CONSUL_TOKEN_FILE' }] },
    'set the same setting',
  ],
  ['a secret in itself', { secrets: { 'consul.token': 'hush' } }, '/secrets/consul.token'],
  ['a secret without its key', { secrets: { 'consul.token': { name: 'skiff' } } }, '/secrets/consul.token'],
  ['a volume called secrets', { secrets: TOKEN, extraVolumes: [{ name: 'secrets' }] }, 'two volumes are named secrets'],
];

test.each(REFUSED)('%s is refused, with a message that says where', async (_, values, path) => {
  await expect(render(values)).rejects.toThrow(path);
});
