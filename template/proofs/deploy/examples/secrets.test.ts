import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { schema } from '../../../../internal/config/schema.ts';
import { settingsOf } from '../../../../pkg/config/schema.ts';
import { at, type Manifest, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { manifestsIn } from '../manifests/schema-problems.ts';
import { manifestsOf, one, textOf } from './manifests.ts';

const SETTINGS = [...settingsOf(schema)].filter(([, { secret }]) => secret === true).map(([key]) => key);

/** Returns the chart values in the comment of a file, and its ExternalSecret. */
function read(path: string) {
  const text = textOf(path);
  const comment = text.split('\n').flatMap((line) => /^# {3}(.*)$/.exec(line)?.[1] ?? []);
  const secret = one(manifestsIn(text), 'ExternalSecret');
  const keys: string[] = secret.spec.data.map(({ secretKey }: { secretKey: string }) => secretKey);
  return { values: parse(comment.join('\n')) as object, name: secret.spec.target.name as string, keys };
}

const pod = (manifests: readonly Manifest[]) => at(theOne(manifests, 'Deployment'), 'spec.template.spec');

describe.each(SETTINGS)('the secret setting %s', (setting) => {
  const path = `deploy/secrets/${setting.replaceAll('.', '-')}.yaml`;

  test('is provided by an ExternalSecret, whose key the chart mounts', async () => {
    expect(existsSync(join(ROOT, path))).toBe(true);
    const { values, name, keys } = read(path);
    const volumes = at(pod(await render(values)), 'volumes') as { name: string }[];
    expect(volumes.find((volume) => volume.name === 'secrets')).toMatchObject({
      projected: { sources: [{ secret: { name, items: [{ key: keys[0], path: setting }] } }] },
    });
  });
});

test('the certificate is mounted where the listener reads it', async () => {
  const { values, name, keys } = read('deploy/secrets/tls.yaml');
  const manifests = await render(values);
  expect(at(pod(manifests), 'volumes')).toContainEqual({ name: 'secret-skiff-tls', secret: { secretName: name } });
  const config = at(theOne(manifests, 'ConfigMap'), 'data') as Record<string, string>;
  expect(Object.values(parse(config['config.yaml'] ?? '').http.tls)).toEqual(
    keys.map((key) => `/etc/skiff/tls/${key}`),
  );
});

test('the registry credentials are those that the pods pull images with', async () => {
  const { values, name } = read('deploy/secrets/registry.yaml');
  expect(at(pod(await render(values)), 'imagePullSecrets')).toEqual([{ name }]);
});

test('every ExternalSecret uses the SecretStore in the folder, whose ServiceAccount the chart creates', async () => {
  const manifests = manifestsOf('secrets');
  const store = one(manifests, 'SecretStore');
  for (const { kind, spec } of manifests)
    if (kind === 'ExternalSecret')
      expect(spec.secretStoreRef).toEqual({ kind: 'SecretStore', name: store.metadata.name });
  const { name } = store.spec.provider.vault.auth.kubernetes.serviceAccountRef;
  expect(theOne(await render(), 'ServiceAccount').metadata.name).toBe(name);
});
