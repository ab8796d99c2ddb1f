/**
 * Writes template/proofs/deploy/chart/schemas: JSON Schemas of the Kubernetes API and of custom resources that reject unknown
 * fields, reduced to the kinds that the chart and deploy/ contain. Run manually with the published schemas:
 *
 *     npx node template/ci/kubernetes-schemas.ts <kubernetes-json-schema> <YAML file of a CRD>...
 *
 * The schemas are in the PyPI wheel `kubernetes-validate`, the CRDs in the Go modules of their projects.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The oldest version that the chart's kubeVersion allows, and the newest with a published schema. */
const VERSIONS = ['1.27', '1.37'];

/** Names of published schema files, without their extension. */
const KINDS = [
  'clusterrole-rbac-v1',
  'clusterrolebinding-rbac-v1',
  'configmap-v1',
  'customresourcedefinition-apiextensions-v1',
  'daemonset-apps-v1',
  'deployment-apps-v1',
  'horizontalpodautoscaler-autoscaling-v2',
  'ingress-networking-v1',
  'job-batch-v1',
  'namespace-v1',
  'networkpolicy-networking-v1',
  'pod-v1',
  'poddisruptionbudget-policy-v1',
  'role-rbac-v1',
  'rolebinding-rbac-v1',
  'service-v1',
  'serviceaccount-v1',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = { [key: string]: Json };

const OUTPUT = join(import.meta.dirname, '../proofs/deploy/chart/schemas');
const [published, ...crds] = process.argv.slice(2);
if (published === undefined) throw new Error('usage: kubernetes-schemas.ts <kubernetes-json-schema> <CRD>...');

for (const version of VERSIONS) {
  const folder = join(published, `v${version}.0-local-strict`);
  const definitions: Schema = readJson(join(folder, '_definitions.json')).$defs;
  const kept = new Map<string, Json>();
  for (const kind of KINDS) keep(readJson(join(folder, `${kind}.json`)), definitions, kept, gvkOf);
  write(`kubernetes-${version}.json`, kept);
}

const custom = new Map<string, Json>();
for (const file of crds) {
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    const { spec } = document.toJS();
    for (const { name, schema } of spec.versions) {
      custom.set(`${spec.group}/${name}/${spec.names.kind}`, closed(withoutText(schema.openAPIV3Schema)));
    }
  }
}
write('custom-resources.json', custom);

function gvkOf(schema: Schema): string {
  const { group, version, kind } = (schema['x-kubernetes-group-version-kind'] as { [key: string]: string }[])[0] ?? {};
  return [group, version, kind].filter((part) => part !== '').join('/');
}

/** Keeps a kind under its group, version and name, and every definition it refers to under the definition's own name. */
function keep(schema: Schema, definitions: Schema, kept: Map<string, Json>, nameOf: (schema: Schema) => string): void {
  const name = nameOf(schema);
  if (kept.has(name)) return;
  const text = JSON.stringify(withoutText(schema)).replaceAll(/"\/api\/_definitions\.json#\/\$defs\//g, '"#/$defs/');
  kept.set(name, JSON.parse(text));
  for (const [, needed = ''] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) {
    keep(definitions[needed] as Schema, definitions, kept, () => needed);
  }
}

/**
 * Removes descriptions, identifiers and keywords that only the API server uses. The schema of CRDs has properties with the
 * names of these keywords; unlike the value of a keyword, the value of a property is an object.
 */
function withoutText(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutText);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) =>
      !(['description', '$id', '$schema'].includes(key) && typeof inner === 'string') &&
      !(key.startsWith('x-kubernetes-') && key !== 'x-kubernetes-preserve-unknown-fields' && !isObject(inner)),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutText(inner)]));
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rejects unknown fields, which the API server would prune, and rewrites a pattern syntax that only Go knows. */
function closed(value: Json): Json {
  if (typeof value === 'string') return value.replace('(?i)(', '(?i:');
  if (Array.isArray(value)) return value.map(closed);
  if (value === null || typeof value !== 'object') return value;
  const { 'x-kubernetes-preserve-unknown-fields': open, ...rest } = value;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, closed(item)]));
  const isClosed = typeof rest.properties === 'object' && rest.type === 'object' && open !== true;
  return isClosed && rest.additionalProperties === undefined ? { ...inner, additionalProperties: false } : inner;
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Writes one definition per line, so that diffs are readable. */
function write(name: string, definitions: Map<string, Json>): void {
  const lines = [...definitions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, definition]) => `${JSON.stringify(key)}: ${JSON.stringify(definition)}`);
  writeFileSync(join(OUTPUT, name), `{ "$defs": {\n${lines.join(',\n')}\n} }\n`);
}
