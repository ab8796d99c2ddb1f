import { expect, test } from 'vitest';
import { load, problems } from '../../test/support/load-files.ts';

test('a client certificate for Consul requires its key', () => {
  expect(problems({}, { set: ['consul.certFile=a.pem'] })).toMatchObject([{ key: 'consul.certFile' }]);
});

test('an election by Consul requires Consul to be enabled', () => {
  expect(problems({}, { set: ['leaderElection=consul'] })).toMatchObject([{ key: 'leaderElection' }]);
});

test('the path of the token file is available, and the token itself is never printed', () => {
  const loaded = load({ token: 's3cret\n' }, { env: { SKIFF_CONSUL_TOKEN_FILE: 'token' } });
  expect(loaded.config.consul.token).toBe('s3cret');
  expect(loaded.secretFile('consul.token')).toMatch(/\/token$/);
  expect(JSON.stringify(loaded.describe())).not.toContain('s3cret');
  expect(load({}, { env: { SKIFF_CONSUL_TOKEN: 's3cret' } }).secretFile('consul.token')).toBeUndefined();
});
