import { type CrdSchema, structuralSchema } from './crd-schema.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'date';
  /** Where the value is: `.spec.size`. */
  readonly jsonPath: string;
  readonly description?: string;
}

/** A resource that a CustomResourceDefinition adds to the API. It has one version and a status subresource. */
export interface CustomResource<T extends KubernetesObject> extends Resource<T> {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly PrinterColumn[];
  readonly description: string;
  /** JSON Schemas, such as TypeBox types. */
  readonly spec: object;
  readonly status: object;
}

/**
 * Returns the CustomResourceDefinition of a resource.
 *
 * @throws CrdSchemaError if a schema is not structural.
 */
export function customResourceDefinition<T extends KubernetesObject>(resource: CustomResource<T>): CrdSchema {
  const { group, version, kind, plural, singular, shortNames, namespaced, columns, description } = resource;
  const schema = {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structuralSchema(resource.spec, 'spec'),
      status: structuralSchema(resource.status, 'status'),
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}
