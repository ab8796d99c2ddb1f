import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stopBudgetMs } from '../../../../pkg/lifecycle/budget.ts';
import {
  at,
  CHART,
  type Manifest,
  outputOf,
  parseManifests,
  ROOT,
  render,
  theOne,
} from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';
import { normalise } from './normalise.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const FOLDER = join(ROOT, 'deploy/kubernetes');
const OVERLAYS = ['development', 'staging', 'production'];
const schemas = KUBERNETES_VERSIONS.map(createStrictSchema);

async function build(folder: string): Promise<Manifest[]> {
  return parseManifests(await outputOf('kubectl', ['kustomize', join(FOLDER, folder)]));
}

test('the base has the same objects as the chart with its defaults', async () => {
  const base = normalise(await build('base'));
  const chart = normalise(await render({}, { args: ['--skip-tests'] }));
  expect([...base.keys()]).toEqual([...chart.keys()]);
  for (const [name, object] of chart) expect(base.get(name), name).toEqual(object);
});

test('a difference in one field is detected', async () => {
  const base = normalise(await build('base'));
  const other = normalise(await render({ service: { metricsPort: 9092 } }, { args: ['--skip-tests'] }));
  expect([...base.values()]).not.toEqual([...other.values()]);
});

describe.each(OVERLAYS)('the overlay %s', (name) => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await build(`overlays/${name}`);
  });

  test('conforms to the schema of Kubernetes', () => {
    expect(schemas.flatMap((problemsOf) => manifests.flatMap(problemsOf))).toEqual([]);
  });

  test('conforms to the restricted Pod Security Standard, which its namespace enforces', () => {
    expect(podSpecs(manifests).flatMap(podSecurityProblems)).toEqual([]);
    const { labels, name: namespace } = theOne(manifests, 'Namespace').metadata;
    expect(labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(theOne(manifests, 'Deployment').metadata.namespace).toBe(namespace);
  });

  test('has no broken references', () => {
    expect(brokenReferences(manifests.filter(({ kind }) => kind !== 'Namespace'))).toEqual([]);
  });

  test('has a valid configuration, a sufficient grace period, and egress to its issuer', () => {
    const config = effectiveConfig(manifests);
    expect(config.environment).toBe(name);
    const grace = at(theOne(manifests, 'Deployment'), 'spec.template.spec.terminationGracePeriodSeconds');
    expect(grace).toBe(Math.ceil((stopBudgetMs(config.lifecycle) + 5000) / 1000));
    expect(egressPorts(manifests)).toEqual(config.auth.enabled ? [53, 53, 443] : [53, 53]);
  });
});

test('with two copies of the base in one namespace, as in its comment, no selector matches the pods of the other', async () => {
  const text = readFileSync(join(FOLDER, 'base/kustomization.yaml'), 'utf8');
  const example = text.split('\n').flatMap((line) => /^# {3}(.*)$/.exec(line)?.[1] ?? []);
  const folder = mkdtempSync(join(tmpdir(), 'twice-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const installs = await Promise.all(
    ['blue', 'green'].map(async (colour) => {
      mkdirSync(join(folder, colour));
      const overlay = [
        `resources: [${relative(join(folder, colour), join(FOLDER, 'base'))}]`,
        'namespace: skiff',
        ...example,
      ]
        .join('\n')
        .replaceAll('blue', colour);
      writeFileSync(join(folder, colour, 'kustomization.yaml'), overlay);
      return parseManifests(await outputOf('kubectl', ['kustomize', join(folder, colour)]));
    }),
  );
  const [blue = [], green = []] = installs;
  const labels = (manifests: readonly Manifest[]) =>
    at(theOne(manifests, 'Deployment'), 'spec.template.metadata.labels');
  const selectors = (manifests: readonly Manifest[]) => [
    at(theOne(manifests, 'Service'), 'spec.selector'),
    at(theOne(manifests, 'Deployment'), 'spec.selector.matchLabels'),
    at(theOne(manifests, 'PodDisruptionBudget'), 'spec.selector.matchLabels'),
    at(theOne(manifests, 'NetworkPolicy'), 'spec.podSelector.matchLabels'),
  ];
  for (const selector of selectors(blue)) {
    expect(labels(blue)).toMatchObject(selector as object);
    expect(labels(green)).not.toMatchObject(selector as object);
  }
  expect(brokenReferences(blue)).toEqual([]);
});

test('the overlays differ in replicas, hosts, memory and log level', async () => {
  const objects = await Promise.all(['base', ...OVERLAYS.map((name) => `overlays/${name}`)].map(build));
  const replicas = objects.map((manifests) => {
    const autoscaler = manifests.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    return autoscaler === undefined
      ? at(theOne(manifests, 'Deployment'), 'spec.replicas')
      : [at(autoscaler, 'spec.minReplicas'), at(autoscaler, 'spec.maxReplicas')];
  });
  expect(replicas).toEqual([[2, 10], 1, [2, 4], [3, 20]]);
  const hosts = objects.map((manifests) =>
    at(
      manifests.find(({ kind }) => kind === 'Ingress'),
      'spec.rules.0.host',
    ),
  );
  expect(hosts).toEqual([undefined, undefined, 'skiff.staging.example.com', 'skiff.example.com']);
  const memory = objects.map((manifests) =>
    at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.resources.requests.memory'),
  );
  expect(memory).toEqual(['256Mi', '128Mi', '256Mi', '512Mi']);
  expect(objects.map((manifests) => effectiveConfig(manifests).log.level)).toEqual(['info', 'debug', 'debug', 'info']);
});

test('each overlay has the Node.js options that the chart derives from the same memory limit', async () => {
  const container = (manifests: readonly Manifest[]) =>
    at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0') as {
      resources: object;
      env: readonly { name: string; value?: string }[];
    };
  const optionsOf = (manifests: readonly Manifest[]) =>
    container(manifests).env.find(({ name }) => name === 'NODE_OPTIONS')?.value;
  for (const name of OVERLAYS) {
    const overlay = await build(`overlays/${name}`);
    const chart = await render({ resources: container(overlay).resources });
    expect(optionsOf(overlay), name).toBe(optionsOf(chart));
    expect(optionsOf(overlay)).toBeDefined();
  }
});

test('the folder that the README of the chart applies with kubectl exists', async () => {
  const [, folder = ''] =
    /kubectl apply --kustomize`\s+on\s+\[[^\]]*\]\((\S+?)\)/.exec(readFileSync(join(CHART, 'README.md'), 'utf8')) ?? [];
  expect(await outputOf('kubectl', ['kustomize', join(CHART, folder)])).toContain('kind: Deployment');
});
