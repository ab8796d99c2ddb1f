import { expect, test } from 'vitest';
import { load, problems } from '../../test/support/load-files.ts';

test('a certificate for Consul has to have its key', () => {
  expect(problems({}, { set: ['consul.certFile=a.pem'] })).toMatchObject([{ key: 'consul.certFile' }]);
});

test('the file of a token is remembered, and the token itself is shown nowhere', () => {
  const loaded = load({ token: 's3cret\n' }, { env: { SKIFF_CONSUL_TOKEN_FILE: 'token' } });
  expect(loaded.config.consul.token).toBe('s3cret');
  expect(loaded.secretFile('consul.token')).toMatch(/\/token$/);
  expect(JSON.stringify(loaded.describe())).not.toContain('s3cret');
  expect(load({}, { env: { SKIFF_CONSUL_TOKEN: 's3cret' } }).secretFile('consul.token')).toBeUndefined();
});
