import type { ReconcileContext } from '../../../internal/controller/controller.ts';
import { applyStatus } from '../../../pkg/kubernetes/apply-status.ts';
import { setCondition } from '../../../pkg/kubernetes/conditions.ts';
import { type SampleThing, sampleThings } from './model.ts';

export interface ReconcileDependencies {
  cache: { get(key: string): SampleThing | undefined };
  /** Owner of the status in server-side apply. */
  fieldManager: string;
}

/** Returns the function that makes the cluster match a sample thing. It writes nothing if the cluster matches already. */
export function createReconcile({ cache, fieldManager }: ReconcileDependencies) {
  return async (key: string, { client, signal }: ReconcileContext): Promise<void> => {
    const sampleThing = cache.get(key);
    if (sampleThing === undefined || sampleThing.metadata.deletionTimestamp !== undefined) return;

    // Replace this with the actual work: compare what exists with the spec, and create or change what differs.
    const message = `The size is ${sampleThing.spec.size}`;

    const { generation: observedGeneration = 0 } = sampleThing.metadata;
    const ready = { type: 'Ready', status: 'True', reason: 'Reconciled', message, observedGeneration } as const;
    const conditions = setCondition(sampleThing.status?.conditions ?? [], ready);
    const status = { observedGeneration, conditions: [...conditions] };
    await applyStatus(client, { resource: sampleThings, object: sampleThing, status }, { fieldManager, signal });
  };
}
