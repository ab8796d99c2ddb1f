import type { Cluster } from './cluster.ts';

export interface NamespaceOptions {
  /** Pod Security Standard to enforce. Default: restricted. */
  readonly podSecurity?: 'restricted' | 'privileged';
}

/** Runs `act` with a new namespace, then deletes it and all namespaces whose names start with its name and a dash. */
export async function withNamespace(
  cluster: Cluster,
  act: (cluster: Cluster) => Promise<void>,
  { podSecurity = 'restricted' }: NamespaceOptions = {},
): Promise<void> {
  const { namespace: name } = cluster;
  const labels = { 'pod-security.kubernetes.io/enforce': podSecurity };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await cluster.kubectl(['create', '--filename', '-'], JSON.stringify(object));
  try {
    await act(cluster);
  } finally {
    const namespaces = (await cluster.list(['namespaces'])).map(({ metadata }) => metadata.name);
    const own = namespaces.filter((each) => each === name || each.startsWith(`${name}-`));
    await cluster.kubectl(['delete', 'namespace', ...own, '--wait', '--timeout=5m']);
  }
}
