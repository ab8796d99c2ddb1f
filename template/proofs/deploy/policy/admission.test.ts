import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { type Manifest, ROOT } from '../../../../test/deploy/helm.ts';
import { manifestsIn, schemaProblems } from '../manifests/schema-problems.ts';
import { badManifests } from './bad-manifests.ts';
import { OURS, ourManifests } from './renders.ts';

const ADMISSION = join(ROOT, 'deploy/policy/admission');
const read = (name: string) => manifestsIn(readFileSync(join(ADMISSION, name), 'utf8'));
const [policy, binding] = read('workloads.yaml');
if (policy === undefined || binding === undefined) throw new Error('no policy with its binding');

interface Spec {
  matchConstraints: { resourceRules: { resources: string[] }[] };
  matchConditions: { name: string; expression: string }[];
  variables: { name: string; expression: string }[];
  validations: { message: string; expression: string }[];
}
const { matchConstraints, matchConditions, variables, validations }: Spec = policy.spec;

const ruleOf = ({ message }: { message: string }) => message.split(':')[0] ?? '';
const resources = matchConstraints.resourceRules.flatMap(({ resources }) => resources);
const isJudged = ({ kind }: Manifest) => resources.includes(`${kind.toLowerCase()}s`);

const cel = new Environment({ unlistedVariablesAreDyn: true });

/** The rules that the API server would refuse the object by: the CEL of the policy, evaluated as it does. */
function brokenRules(object: Manifest): string[] {
  const context: { object: unknown; variables: Record<string, unknown> } = { object: toCel(object), variables: {} };
  if (!matchConditions.every(({ expression }) => cel.evaluate(expression, context) === true)) return [];
  for (const { name, expression } of variables) context.variables[name] = cel.evaluate(expression, context);
  return validations.filter(({ expression }) => cel.evaluate(expression, context) !== true).map(ruleOf);
}

/** The whole numbers of an object of Kubernetes are CEL's int, and not its double. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]));
}

describe('the admission policy', () => {
  test('is what the schema of its API allows, has no field that it does not know, and is bound', async () => {
    expect(await schemaProblems([policy, binding])).toEqual([]);
    expect(binding.spec.policyName).toBe(policy.metadata.name);
  });

  test.each(OURS)('has nothing against what we give to a cluster: %s', async (name) => {
    const judged = (await ourManifests(name)).filter(isJudged);
    expect(judged.map(({ kind }) => kind)).toContain('Deployment');
    for (const manifest of judged) expect(brokenRules(manifest), manifest.kind).toEqual([]);
  });

  const bad = badManifests('bad').filter(({ manifests }) => manifests.every(isJudged));

  test.each(bad)('refuses what breaks $rule, for that and nothing else', ({ rule, manifests }) => {
    expect(manifests.flatMap(brokenRules)).toEqual([rule]);
  });

  test('has a bad manifest for each of its rules, which are those of conftest for workloads', () => {
    expect(bad.map(({ rule }) => rule).toSorted()).toEqual(validations.map(ruleOf).toSorted());
    const rego = readFileSync(join(ROOT, 'deploy/policy/conftest/workloads.rego'), 'utf8');
    const rules = new Set([...rego.matchAll(/msg := (?:sprintf\()?"([a-z-]+):/g)].map(([, rule = '']) => rule));
    expect(validations.map(ruleOf).toSorted()).toEqual([...rules].toSorted());
  });

  test('judges a pod by itself and a pod of a CronJob too, but not what a controller has made', () => {
    const [{ manifests } = { manifests: [] }] = bad.filter(({ rule }) => rule === 'no-host-namespaces');
    const [deployment] = manifests;
    if (deployment === undefined) throw new Error('no bad Deployment');
    const { template } = deployment.spec as { template: { spec: object } };
    const { metadata } = deployment;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec };
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { jobTemplate: { spec: { template } } },
    };
    expect([brokenRules(pod), brokenRules(cronJob)]).toEqual([['no-host-namespaces'], ['no-host-namespaces']]);
    expect(brokenRules({ ...pod, metadata: { ...metadata, ownerReferences: [{}] } } as Manifest)).toEqual([]);
  });
});

const SIGNATURES = globSync('image-signature-*.yaml', { cwd: ADMISSION });

test('there is a policy of signatures', () => {
  expect(SIGNATURES).not.toEqual([]);
});

describe.each(SIGNATURES)('the policy of signatures %s', (file) => {
  const [{ spec } = { spec: undefined }] = read(file);
  const pattern: string = spec.authorities[0].keyless.identities[0].subjectRegExp;
  /** The pipeline whose signatures count, as its certificates name it. */
  const [pipeline = ''] = pattern.replaceAll(/[\\^]/g, '').split('@');

  test('is about the image that the chart runs', async () => {
    const [deployment] = (await ourManifests('values.yaml')).filter(({ kind }) => kind === 'Deployment');
    const image = /"image":"([^":@]+)/.exec(JSON.stringify(deployment))?.[1];
    expect(spec.images.map(({ glob }: { glob: string }) => glob)).toEqual([image, `${image}:*`, `${image}@*`]);
  });

  test.each([
    ['', 'refs/tags/v1.2.3', true],
    ['', 'refs/heads/main', true],
    ['', 'refs/heads/mine', false],
    ['', 'refs/pull/1/merge', false],
    ['of another owner', 'refs/tags/v1.2.3', false],
  ])('a signature by the pipeline %s for %s counts: %s', (owner, ref, counts) => {
    const signer = owner === '' ? pipeline : pipeline.replace('/example/', '/somebody/');
    expect(new RegExp(pattern).test(`${signer}@${ref}`)).toBe(counts);
  });

  test('names the file of a pipeline that signs', () => {
    const [, path = ''] = /\/skiff\/+(.*)$/.exec(pipeline) ?? [];
    expect(readFileSync(join(ROOT, path), 'utf8')).toContain('scripts/ci.sh sign');
  });
});
