import { type Static, Type } from 'typebox';
import { conditionsSchema } from '../../../pkg/kubernetes/condition-schema.ts';
import type { CustomResource } from '../../../pkg/kubernetes/custom-resource.ts';
import type { KubernetesObject } from '../../../pkg/kubernetes/object.ts';

// The one source of the TypeScript types and of the CRD that `npm run docs` writes.

const specSchema = Type.Object({
  size: Type.Integer({ minimum: 1, maximum: 100, default: 1, description: 'What the controller has to achieve.' }),
});

const statusSchema = Type.Object({
  observedGeneration: Type.Integer({ description: 'The metadata.generation that the status was computed from.' }),
  conditions: conditionsSchema,
});

export interface SampleThing extends KubernetesObject {
  readonly spec: Static<typeof specSchema>;
  /** Absent until the controller has seen the object. */
  readonly status?: Static<typeof statusSchema>;
}

export const sampleThings: CustomResource<SampleThing> = {
  group: 'batch.example.com',
  version: 'v1',
  kind: 'SampleThing',
  plural: 'samplethings',
  singular: 'samplething',
  shortNames: [],
  namespaced: true,
  description: 'A sample thing.',
  columns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: specSchema,
  status: statusSchema,
};
