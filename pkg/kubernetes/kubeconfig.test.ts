import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** Reads a kubeconfig with these entries. */
function read({ context = {}, cluster = {}, user = {} }: { context?: object; cluster?: object; user?: object }) {
  const config = {
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://cluster:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  const files = { config: JSON.stringify(config), 'ca.pem': 'CA', 'user.key': 'KEY', token: 'from-file\n' };
  return readKubeconfig([join(temporaryFiles(files), 'config')]);
}

test('certificates and keys are read inline or from files relative to the kubeconfig', () => {
  const { tls, token } = read({
    cluster: { 'certificate-authority': 'ca.pem', 'tls-server-name': 'kubernetes' },
    user: { 'client-certificate-data': Buffer.from('CERT').toString('base64'), 'client-key': 'user.key' },
  });
  expect(tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'kubernetes' });
  expect(token()).toBeUndefined();
});

test('the token is inline or in a file, and the namespace that of the context or default', () => {
  const inline = read({ context: { namespace: 'shop' }, user: { token: 'inline' } });
  expect([inline.token(), inline.namespace]).toEqual(['inline', 'shop']);
  const file = read({ user: { token: 'inline', tokenFile: 'token' } });
  expect([file.token(), file.namespace]).toEqual(['from-file', 'default']);
});

test('a context without a user has no credentials', () => {
  const { token, tls } = read({ context: { user: undefined } });
  expect([token(), tls]).toEqual([undefined, {}]);
});

test('several kubeconfigs are merged, the first that sets a name wins, and a missing one is skipped', () => {
  const folder = temporaryFiles({
    first: 'current-context: prod\nclusters: [{ name: c, cluster: { server: "https://first" } }]\nusers:\n',
    second: `
current-context: dev
contexts: [{ name: prod, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "https://second" } }]
users: [{ name: u, user: {} }]`,
  });
  const { server } = readKubeconfig(['first', 'missing', 'second'].map((name) => join(folder, name)));
  expect(server.host).toBe('first');
});

test.each([
  [{ user: { exec: { command: 'aws' } } }, /user u .* uses "exec", .*: run "kubectl proxy"/],
  [{ user: { 'auth-provider': { name: 'gcp' } } }, /uses "auth-provider"/],
  [{ cluster: { 'insecure-skip-tls-verify': true } }, /uses "insecure-skip-tls-verify", .*: set certificate-authority/],
  [{ cluster: { 'proxy-url': 'http://proxy' } }, /uses "proxy-url"/],
  [{ cluster: { server: 'cluster:6443' } }, /cluster c .*: invalid server "cluster:6443"/],
  [{ context: { user: 'other' } }, /has no user other/],
  [{ context: { cluster: undefined } }, /has no cluster \(none is named\)/],
  [{ user: { token: 5 } }, /user u: token is not a string/],
  [{ user: { 'client-key': 'missing.key' } }, /user u: client-key: ENOENT/],
])('%j is rejected', (entries, message) => {
  expect(() => read(entries)).toThrow(message);
});

test('a kubeconfig without a current context, and one that is not YAML, are rejected', () => {
  const folder = temporaryFiles({ empty: '{}', broken: '{', text: 'text' });
  expect(() => readKubeconfig([join(folder, 'empty')])).toThrow('sets no current-context');
  expect(() => readKubeconfig([join(folder, 'broken')])).toThrow(/kubeconfig .*broken: /);
  expect(() => readKubeconfig([join(folder, 'text')])).toThrow(/not a mapping/);
});
