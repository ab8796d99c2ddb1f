import { boolean, string } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';

/** The value of `leaderElection` that selects this integration. */
export const kubernetesElection = 'kubernetes';

/** Settings for the connection to the Kubernetes API. */
export const kubernetesSchema = notFrom(['kv'], {
  enabled: {
    doc:
      'Enables discovery of other services by EndpointSlices, and elections by Leases. When false, the service never ' +
      'contacts the Kubernetes API.',
    format: boolean(),
    default: false,
  },
  kubeconfig: {
    doc:
      'Kubeconfig file with the connection to the cluster. Default: `KUBECONFIG`, else the service account of the pod, ' +
      'else `~/.kube/config`.',
    format: string(),
  },
  namespace: {
    doc: "Namespace of discovered services and of Leases. Default: the connection's, in a pod its own.",
    format: string(),
  },
  timeout: {
    doc: 'Time limit for a request to the Kubernetes API, except for watches.',
    format: duration({ min: '1ms' }),
    default: '10s',
  },
});

export const kubernetesRules: readonly Rule<
  ConfigOf<{ kubernetes: typeof kubernetesSchema }> & { readonly leaderElection?: string }
>[] = [
  {
    keys: ['leaderElection', 'kubernetes.enabled'],
    expected: 'another value, or kubernetes.enabled: true',
    holds: ({ leaderElection, kubernetes }) => leaderElection !== kubernetesElection || kubernetes.enabled,
  },
];
