import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { findConnection } from './find-connection.ts';

const ACCOUNT = { 'account/token': 'pod-token\n', 'account/namespace': 'shop\n', 'account/ca.crt': 'CA' };
const POD = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

const kubeconfig = (server: string) => `
current-context: dev
contexts: [{ name: dev, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: '${server}' } }]
users: [{ name: u, user: { token: secret } }]
`;

test('a given kubeconfig precedes KUBECONFIG, then the service account, then the home directory', () => {
  const folder = temporaryFiles({
    ...ACCOUNT,
    given: kubeconfig('https://given'),
    variable: kubeconfig('https://variable'),
    '.kube/config': kubeconfig('https://home'),
  });
  const serviceAccountDir = join(folder, 'account');
  const all = { ...POD, KUBECONFIG: join(folder, 'variable'), HOME: folder };
  const hostOf = (env: NodeJS.ProcessEnv, options = {}) =>
    findConnection(env, { serviceAccountDir, ...options }).server.host;
  expect(hostOf(all, { kubeconfig: join(folder, 'given') })).toBe('given');
  expect(hostOf(all)).toBe('variable');
  expect(hostOf({ ...all, KUBECONFIG: undefined })).toBe('[fd00::1]:6443');
  expect(hostOf({ HOME: folder })).toBe('home');
  expect(hostOf({ ...POD, HOME: folder }, { serviceAccountDir: join(folder, 'none') })).toBe('home');
});

test('a service account has a token, a namespace and a CA', () => {
  const serviceAccountDir = join(temporaryFiles(ACCOUNT), 'account');
  const connection = findConnection(POD, { serviceAccountDir });
  expect(connection).toMatchObject({ source: serviceAccountDir, namespace: 'shop', tls: { ca: 'CA' } });
  expect(connection.token()).toBe('pod-token');
});

test('without a cluster, the error lists what was looked for', () => {
  const folder = temporaryFiles({});
  const find = (env: object) => () => findConnection({ HOME: folder, ...env }, { serviceAccountDir: '/nowhere' });
  expect(find({})).toThrow(
    `kubernetes: no cluster found: KUBECONFIG is not set, KUBERNETES_SERVICE_HOST is not set, and ${folder}/.kube/config does not exist`,
  );
  expect(find(POD)).toThrow('/nowhere/token does not exist');
  expect(find({ KUBECONFIG: ['/nowhere/a', '/nowhere/b'].join(delimiter) })).toThrow(
    'kubeconfig /nowhere/a, /nowhere/b does not exist',
  );
});

test('a service account without its CA is an error', () => {
  const serviceAccountDir = join(temporaryFiles({ 'account/token': 't', 'account/namespace': 'n' }), 'account');
  expect(() => findConnection(POD, { serviceAccountDir })).toThrow(/cannot use the service account in .*account$/);
});
