import { type Static, Type } from 'typebox';
import { conditionsSchema } from '../../pkg/kubernetes/condition-schema.ts';
import type { CustomResource } from '../../pkg/kubernetes/custom-resource.ts';
import { labelSelectorSchema } from '../../pkg/kubernetes/label-selector.ts';
import type { KubernetesObject } from '../../pkg/kubernetes/object.ts';

// The one source of the TypeScript types, of the validation, and of the CRD that `npm run docs` writes.

export const jobTrackerSpecSchema = Type.Object({
  selector: labelSelectorSchema,
  size: Type.Integer({ minimum: 1, maximum: 100_000, default: 1, description: 'How many Jobs must succeed.' }),
});

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const jobTrackerStatusSchema = Type.Object({
  observedGeneration: count('The metadata.generation that the status was computed from.'),
  active: count('Selected Jobs that have neither succeeded nor failed yet.'),
  succeeded: count('Selected Jobs that have succeeded.'),
  failed: count('Selected Jobs that have failed.'),
  nodes: Type.Array(Type.String(), {
    // Not a set: server-side apply would keep the nodes that another field manager once added.
    'x-kubernetes-list-type': 'atomic',
    description: 'Nodes that run or ran Pods of the selected Jobs, in alphabetical order.',
  }),
  conditions: conditionsSchema,
});

export type JobTrackerSpec = Static<typeof jobTrackerSpecSchema>;
export type JobTrackerStatus = Static<typeof jobTrackerStatusSchema>;

export interface JobTracker extends KubernetesObject {
  readonly spec: JobTrackerSpec;
  /** Absent until the controller has seen the object. */
  readonly status?: JobTrackerStatus;
}

export const jobTrackers: CustomResource<JobTracker> = {
  group: 'batch.example.com',
  version: 'v1',
  kind: 'JobTracker',
  plural: 'jobtrackers',
  singular: 'jobtracker',
  shortNames: ['jt'],
  namespaced: true,
  description: 'Counts the Jobs that a selector selects, and is ready when enough of them have succeeded.',
  columns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
    { name: 'Active', type: 'integer', jsonPath: '.status.active' },
    { name: 'Succeeded', type: 'integer', jsonPath: '.status.succeeded' },
    { name: 'Failed', type: 'integer', jsonPath: '.status.failed' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  spec: jobTrackerSpecSchema,
  status: jobTrackerStatusSchema,
};
