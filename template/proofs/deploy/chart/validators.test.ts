import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHART, outputOf, ROOT } from '../../../../test/deploy/helm.ts';
import { EVERY_OPTION } from './every-option.ts';
import { KUBERNETES_VERSIONS } from './strict-schema.ts';
import { isInstalled, validate, writeKubeconformSchemas } from './validators.ts';

/*
 * Third-party validators with their own rules. Exceptions and their reasons: template/decisions/0026-manifest-linters.md.
 * The tests use the validators that are installed. `template/ci/install-linters.sh` prints those it could not install.
 */
const IGNORED_BY_KUBE_SCORE = ['container-image-pull-policy'];
const SKIPPED_BY_CHECKOV = ['CKV_K8S_15', 'CKV_K8S_43'];

const folder = mkdtempSync(join(tmpdir(), 'validators-'));
afterAll(() => rmSync(folder, { recursive: true }));

const helm = (...args: string[]): Promise<string> => {
  return outputOf('helm', ['template', 'skiff', CHART, '--namespace', 'skiff', '--skip-tests', ...args]);
};
const overlay = (name: string): Promise<string> => {
  return outputOf('kubectl', ['kustomize', join(ROOT, 'deploy/kubernetes/overlays', name)]);
};
/** The manifests to validate, with additional exceptions. */
const MANIFESTS: readonly [name: string, render: () => Promise<string>, exceptions: readonly string[]][] = [
  ['the defaults of the chart', () => helm(), []],
  ['values-production.yaml', () => helm('--values', join(CHART, 'values-production.yaml')), []],
  ['values-edge.yaml', () => helm('--values', join(CHART, 'values-edge.yaml')), ['deployment-replicas']],
  ['values-postgres.yaml', () => helm('--values', join(CHART, 'values-postgres.yaml')), []],
  ['the controller', () => helm('--set', 'controller.enabled=true'), []],
  ['a cluster-wide controller', () => helm('--set', 'controller.enabled=true,controller.clusterWide=true'), []],
  ['the overlay development', () => overlay('development'), ['deployment-replicas']],
  ['the overlay staging', () => overlay('staging'), []],
  ['the overlay production', () => overlay('production'), []],
];

test('the validators that are built with Go are installed if Go is', () => {
  const missing = ['kubeconform', 'kube-score'].filter((program) => isInstalled('go') && !isInstalled(program));
  expect(process.env.CI ? missing : []).toEqual([]);
});

if (isInstalled('kubeconform')) {
  describe.each(KUBERNETES_VERSIONS)('kubeconform, for Kubernetes %s', (version) => {
    beforeAll(() => writeKubeconformSchemas(folder));
    const location = join(folder, version, '{{.ResourceKind}}{{.KindSuffix}}.json');
    const args = ['-strict', '-summary', '-schema-location', location];

    test.each(MANIFESTS)('knows every field in %s', async (_, render) => {
      const verdict = await validate('kubeconform', args, await render());
      expect(verdict.text).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
      expect(verdict.clean, verdict.text).toBe(true);
    });

    // Version 1.27 lacks native sidecars and the sleep action.
    if (version !== '1.27')
      test('knows every field with every option of the chart', async () => {
        const verdict = await validate('kubeconform', args, await helm('--set-json', JSON.stringify(EVERY_OPTION)));
        expect(verdict.text).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
      });

    test('detects a misspelt field', async () => {
      const verdict = await validate(
        'kubeconform',
        args,
        (await helm()).replace('enableServiceLinks', 'enableServiceLink'),
      );
      expect(verdict.text).toContain('enableServiceLink');
      expect(verdict.clean).toBe(false);
    });
  });
}

if (isInstalled('kube-score')) {
  describe('kube-score', () => {
    const score = async (manifests: string, ignored: readonly string[]): Promise<string[]> => {
      const args = ignored.flatMap((name) => ['--ignore-test', name]);
      const { text } = await validate('kube-score', ['score', '--output-format', 'ci', ...args, '-'], manifests);
      expect(text).toContain('[OK]');
      return text.split('\n').filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line));
    };

    test.each(MANIFESTS)('reports no problem in %s', async (_, render, exceptions) => {
      expect(await score(await render(), [...IGNORED_BY_KUBE_SCORE, ...exceptions])).toEqual([]);
    });

    test('detects a writable root file system', async () => {
      const manifests = (await helm()).replace('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false');
      expect((await score(manifests, IGNORED_BY_KUBE_SCORE)).join('\n')).toContain('writable root filesystem');
    });
  });
}

if (isInstalled('checkov')) {
  describe('checkov', { timeout: 120_000 }, () => {
    test('reports no problem in any of them', async () => {
      const files = await Promise.all(
        MANIFESTS.map(async ([name, render]) => {
          const file = join(folder, `${name.replaceAll(' ', '-')}.yaml`);
          writeFileSync(file, await render());
          return ['--file', file];
        }),
      );
      const args = [
        '--framework',
        'kubernetes',
        '--skip-download',
        '--compact',
        '--quiet',
        '--skip-check',
        SKIPPED_BY_CHECKOV.join(','),
      ];
      const verdict = await validate('checkov', [...args, '--output', 'json', ...files.flat()]);
      const { passed, failed } = JSON.parse(verdict.text).summary;
      expect(passed).toBeGreaterThan(50 * MANIFESTS.length);
      expect(failed, verdict.text).toBe(0);
    });
  });
}

const dockerfile = join(ROOT, 'Dockerfile');
if (isInstalled('hadolint') && existsSync(dockerfile)) {
  test('hadolint reports no problem in the Dockerfile', async () => {
    expect(await validate('hadolint', [dockerfile])).toEqual({ clean: true, text: '' });
  });
}
