import { at, type Manifest } from '../../../../test/deploy/helm.ts';

/** Returns the ports to which pods under these policies may connect. */
export function egressPorts(manifests: readonly Manifest[]): unknown[] {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const rules = policies.flatMap((policy) => at(policy, 'spec.egress') as object[]);
  return rules.flatMap((rule) => at(rule, 'ports') as object[]).map((port) => at(port, 'port'));
}
