import { type Cluster, createCluster } from './cluster.ts';

type Names = Pick<Cluster, 'namespace' | 'release' | 'image'>;

/** Runs something with a namespace that enforces the restricted Pod Security Standard, and deletes it with all in it. */
export async function withNamespace(names: Names, act: (names: Names) => Promise<void>): Promise<void> {
  const { kubectl } = createCluster(names);
  const { namespace: name } = names;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await kubectl(['create', '--filename', '-'], JSON.stringify(object));
  try {
    await act(names);
  } finally {
    await kubectl(['delete', 'namespace', name, '--wait', '--timeout=5m']);
  }
}
