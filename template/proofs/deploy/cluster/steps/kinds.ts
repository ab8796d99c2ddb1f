import type { Cluster } from '../cluster.ts';

/** Custom resources that values-production.yaml requires: group, version, plural, kind. */
const KINDS = [
  ['gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute'],
  ['monitoring.coreos.com', 'v1', 'servicemonitors', 'ServiceMonitor'],
  ['monitoring.coreos.com', 'v1', 'prometheusrules', 'PrometheusRule'],
] as const;

const LABEL = 'skiff-test/definition';

/** Defines the missing kinds, without a schema. */
export async function defineMissingKinds(cluster: Cluster): Promise<void> {
  const present = new Set((await cluster.list(['customresourcedefinitions'])).map(({ metadata }) => metadata.name));
  const items = KINDS.filter(([group, , plural]) => !present.has(`${plural}.${group}`)).map(definition);
  if (items.length === 0) return;
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['create', '--filename', '-'], list);
  await cluster.kubectl(['wait', '--filename', '-', '--for=condition=Established', '--timeout=30s'], list);
}

/** Deletes the definitions that `defineMissingKinds` created. */
export async function deleteDefinedKinds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'customresourcedefinitions', '--selector', LABEL]);
}

function definition([group, version, plural, kind]: (typeof KINDS)[number]): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      labels: { [LABEL]: 'true' },
      // The API server requires this annotation in *.k8s.io groups.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
