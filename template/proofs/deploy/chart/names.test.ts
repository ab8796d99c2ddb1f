import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CHART, type Manifest, outputOf } from '../../../../test/deploy/helm.ts';

/** Words that YAML 1.1, which Kubernetes and Helm use, parses as booleans, numbers or null unless they are quoted. */
const AMBIGUOUS = ['no', 'on', 'off', 'yes', 'y', 'true', 'null', '1234', '1e3', '0x10'];

async function renderAs(release: string, namespace: string, values: object = {}): Promise<Manifest[]> {
  const args = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  const yaml = await outputOf('helm', ['template', release, CHART, '--namespace', namespace, ...args]);
  return parseAllDocuments(yaml, { version: '1.1' }).flatMap((document) => document.toJS() ?? []);
}

function notStrings(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) => notStrings(inner, `${path}.${key}`));
}

/** Returns the paths of all `name`, `secretName` and similar fields, at any depth, that are not strings. */
function namesThatAreNotStrings(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isName = /^(name|namespace|secretName|\w+(Account|Class)Name)$/.test(key) && typeof inner !== 'object';
    return isName ? notStrings(inner, `${path}.${key}`) : namesThatAreNotStrings(inner, `${path}.${key}`);
  });
}

test.each(AMBIGUOUS)('a namespace and a release named %s stay strings', async (word) => {
  for (const { kind, metadata, ...rest } of await renderAs(word, word)) {
    expect(notStrings(metadata, kind)).toEqual([]);
    expect(namesThatAreNotStrings(rest, kind)).toEqual([]);
    expect(metadata.namespace).toBe(word);
    expect(metadata.labels?.['app.kubernetes.io/instance']).toBe(word);
  }
});

test('other names that YAML could parse as another type stay strings', async () => {
  const manifests = await renderAs('skiff', 'skiff', {
    fullnameOverride: 'off',
    nameOverride: 'y',
    priorityClassName: 'no',
    'serviceAccount.name': 'on',
    secrets: { 'consul.token': { name: '1234', key: 'no' } },
    secretMounts: { yes: '/etc/yes' },
    ingress: { enabled: true, className: 'n', hosts: ['123'], tlsSecretName: 'no' },
    httpRoute: { enabled: true, parentRefs: [{ name: 'on' }], hostnames: ['off'] },
    imagePullSecrets: [{ name: 'no' }],
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  });
  expect(manifests).toHaveLength(13);
  expect(manifests.flatMap(({ kind, ...rest }) => namesThatAreNotStrings(rest, kind))).toEqual([]);
  expect(manifests.flatMap(({ kind, metadata }) => notStrings(metadata, kind))).toEqual([]);
});
