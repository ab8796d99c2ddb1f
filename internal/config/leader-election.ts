import { oneOf } from '../../pkg/config/formats.ts';
import type { Setting } from '../../pkg/config/schema.ts';
import { consulElection } from '../consul/schema.ts';
import { kubernetesElection } from '../kubernetes/schema.ts';

/** Names of the integrations that can elect a leader. */
const ELECTIONS = [
  // In order of precedence.
  consulElection,
  kubernetesElection,
] as const;

/** What elects a leader among the replicas. */
export const leaderElectionSetting = {
  doc:
    'What elects the replica that does background work which only one may do. With `none`, every replica does it. ' +
    'Default: the first of the others that is enabled, otherwise `none`.',
  format: oneOf('none', ...ELECTIONS),
  notFrom: ['kv'],
} as const satisfies Setting;
