import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { type Manifest, ROOT } from '../../../../test/deploy/helm.ts';
import { manifestsIn, schemaProblems } from '../manifests/schema-problems.ts';
import { badManifests } from './bad-manifests.ts';
import { RENDERS, renderManifests } from './renders.ts';

const ADMISSION = join(ROOT, 'deploy/policy/admission');
const read = (name: string) => manifestsIn(readFileSync(join(ADMISSION, name), 'utf8'));
const [policy, binding] = read('workloads.yaml');
if (policy === undefined || binding === undefined)
  throw new Error('workloads.yaml must contain a policy and its binding');

interface Spec {
  matchConstraints: { resourceRules: { resources: string[] }[] };
  matchConditions: { name: string; expression: string }[];
  variables: { name: string; expression: string }[];
  validations: { message: string; expression: string }[];
}
const { matchConstraints, matchConditions, variables, validations }: Spec = policy.spec;

const ruleOf = ({ message }: { message: string }) => message.split(':')[0] ?? '';
const resources = matchConstraints.resourceRules.flatMap(({ resources }) => resources);
const isCovered = ({ kind }: Manifest) => resources.includes(`${kind.toLowerCase()}s`);

const cel = new Environment({ unlistedVariablesAreDyn: true });

/** Returns the rules that the object breaks, by evaluating the policy's CEL expressions as the API server does. */
function brokenRules(object: Manifest): string[] {
  const context: { object: unknown; variables: Record<string, unknown> } = { object: toCel(object), variables: {} };
  if (!matchConditions.every(({ expression }) => cel.evaluate(expression, context) === true)) return [];
  for (const { name, expression } of variables) context.variables[name] = cel.evaluate(expression, context);
  return validations.filter(({ expression }) => cel.evaluate(expression, context) !== true).map(ruleOf);
}

/** Converts the numbers of a Kubernetes object to CEL's int instead of double. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]));
}

describe('the admission policy', () => {
  test('conforms to the schema of its API, has no unknown fields, and is bound', async () => {
    expect(await schemaProblems([policy, binding])).toEqual([]);
    expect(binding.spec.policyName).toBe(policy.metadata.name);
  });

  test.each(RENDERS)('accepts the objects of %s', async (name) => {
    const covered = (await renderManifests(name)).filter(isCovered);
    expect(covered.map(({ kind }) => kind)).toContain('Deployment');
    for (const manifest of covered) expect(brokenRules(manifest), manifest.kind).toEqual([]);
  });

  const bad = badManifests('bad').filter(({ manifests }) => manifests.every(isCovered));

  test.each(bad)('rejects the object that breaks $rule, by that rule only', ({ rule, manifests }) => {
    expect(manifests.flatMap(brokenRules)).toEqual([rule]);
  });

  test('has the same rules as the conftest policy for workloads, with a bad manifest for each', () => {
    expect(bad.map(({ rule }) => rule).toSorted()).toEqual(validations.map(ruleOf).toSorted());
    const rego = readFileSync(join(ROOT, 'deploy/policy/conftest/workloads.rego'), 'utf8');
    const rules = new Set([...rego.matchAll(/msg := (?:sprintf\()?"([a-z-]+):/g)].map(([, rule = '']) => rule));
    expect(validations.map(ruleOf).toSorted()).toEqual([...rules].toSorted());
  });

  test('covers bare pods and pods of CronJobs, but not pods that a controller has created', () => {
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

test('an image signature policy exists', () => {
  expect(SIGNATURES).not.toEqual([]);
});

describe.each(SIGNATURES)('the image signature policy %s', (file) => {
  const [{ spec } = { spec: undefined }] = read(file);
  const pattern: string = spec.authorities[0].keyless.identities[0].subjectRegExp;
  /** The pipeline whose signatures are accepted, as named in its certificates. */
  const [pipeline = ''] = pattern.replaceAll(/[\\^]/g, '').split('@');

  test('covers the image of the chart', async () => {
    const [deployment] = (await renderManifests('values.yaml')).filter(({ kind }) => kind === 'Deployment');
    const image = /"image":"([^":@]+)/.exec(JSON.stringify(deployment))?.[1];
    expect(spec.images.map(({ glob }: { glob: string }) => glob)).toEqual([image, `${image}:*`, `${image}@*`]);
  });

  test.each([
    ['', 'refs/tags/v1.2.3', true],
    ['', 'refs/heads/main', true],
    ['', 'refs/heads/mine', false],
    ['', 'refs/pull/1/merge', false],
    ['of another owner', 'refs/tags/v1.2.3', false],
  ])('a signature by the pipeline %s for %s is accepted: %s', (owner, ref, counts) => {
    const signer = owner === '' ? pipeline : pipeline.replace('/example/', '/somebody/');
    expect(new RegExp(pattern).test(`${signer}@${ref}`)).toBe(counts);
  });

  test('accepts a pipeline file that signs images', () => {
    const [, path = ''] = /\/skiff\/+(.*)$/.exec(pipeline) ?? [];
    expect(readFileSync(join(ROOT, path), 'utf8')).toContain('scripts/ci.sh sign');
  });
});
