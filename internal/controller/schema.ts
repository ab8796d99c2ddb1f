import { boolean, integer, string } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import { notFrom } from '../../pkg/config/schema.ts';

/** Settings of the program `cmd/controller`. */
export const controllerSchema = notFrom(['kv'], {
  namespace: {
    doc: 'The namespace whose objects the controller watches. Default: all namespaces, which requires a ClusterRole.',
    format: string(),
  },
  concurrency: {
    doc: 'How many objects of a kind are reconciled at the same time.',
    format: integer({ min: 1, max: 1_000 }),
    default: 4,
  },
  reconcileTimeout: {
    doc: 'Time limit for reconciling one object. It is then tried again later.',
    format: duration({ min: '1s' }),
    default: '1m',
  },
  leaderElection: {
    doc:
      'Whether replicas elect one that works, by a Lease. The others keep their caches up to date and take over when it ' +
      'stops. Disable it only for a single replica.',
    format: boolean(),
    default: true,
  },
  leaseName: {
    doc: 'Name of the Lease, in `kubernetes.namespace`. Default: `<service.name>-controller`.',
    format: string(),
  },
});
