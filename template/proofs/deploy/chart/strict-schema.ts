import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Manifest } from '../../../../test/deploy/helm.ts';

/** The oldest Kubernetes version that the chart supports, and the newest one with a schema. */
export const KUBERNETES_VERSIONS = ['1.27', '1.37'] as const;
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Returns what the API server would reject or drop: unknown fields, wrong types, missing fields. */
export type StrictSchema = (manifest: Manifest) => string[];

export function createStrictSchema(version: KubernetesVersion): StrictSchema {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'kubernetes', ...readSchema(`kubernetes-${version}.json`) });
  ajv.addSchema({ $id: 'custom', ...readSchema('custom-resources.json') });
  const known = (name: string): ValidateFunction | undefined =>
    ajv.getSchema(`kubernetes#/$defs/${pointer(name)}`) ?? ajv.getSchema(`custom#/$defs/${pointer(name)}`);

  return (manifest) => {
    const { apiVersion, kind, metadata } = manifest;
    const validate = known(`${apiVersion}/${kind}`);
    if (validate === undefined) return [`${apiVersion}/${kind}: no schema, see template/ci/kubernetes-schemas.ts`];
    return [...problemsOf(validate, manifest), ...problemsOf(known(METADATA), metadata)].map(
      (problem) => `${kind} ${metadata.name}: ${problem}`,
    );
  };
}

function problemsOf(validate: ValidateFunction | undefined, value: unknown): string[] {
  if (validate === undefined) throw new Error(`the schema has no definition ${METADATA}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

export function readSchema(name: string): { $defs: Record<string, object> } {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'schemas', name), 'utf8'));
}

function pointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
