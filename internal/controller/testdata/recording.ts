import type { KubernetesError } from '../../../pkg/kubernetes/errors.ts';
import type { ReconcileContext } from '../controller.ts';

/** Records what a reconcile writes, because unit tests have no API server. With `fail`, each write fails with it. */
export function createRecording({ fail }: { fail?: KubernetesError } = {}) {
  const calls: unknown[][] = [];
  const record = async (...call: unknown[]) => {
    calls.push(call);
    if (fail !== undefined) throw fail;
    return {};
  };
  const context = {
    signal: new AbortController().signal,
    client: {
      apply: (_resource: unknown, object: unknown, { subresource }: { subresource: string }) =>
        record('apply', subresource, object),
      patch: (_resource: unknown, name: string, patch: unknown) => record('patch', name, patch),
    },
    events: {
      record: (_resource: unknown, _object: unknown, { reason, note }: { reason: string; note: string }) =>
        calls.push(['event', reason, note]),
      flush: async () => calls.push(['flush']),
    },
  };
  // Has only the methods that reconciles use.
  return { calls, context: context as unknown as ReconcileContext };
}
