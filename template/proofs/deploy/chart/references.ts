import { at, type Manifest, theOne } from '../../../../test/deploy/helm.ts';

/** Names by which one object means another that is not there, or a port or volume that nothing has. */
export function brokenReferences(manifests: readonly Manifest[]): string[] {
  const problems: string[] = [];
  const claim = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const deployment = theOne(manifests, 'Deployment');
  const pod = at(deployment, 'spec.template');
  const container = at(pod, 'spec.containers.0');
  const ports = names(at(container, 'ports'));
  const selects = (selector: unknown): boolean => isSubset(selector, at(pod, 'metadata.labels'));

  claim(selects(at(deployment, 'spec.selector.matchLabels')), 'the Deployment does not select its pods');
  for (const constraint of list(at(pod, 'spec.topologySpreadConstraints'))) {
    claim(selects(at(constraint, 'labelSelector.matchLabels')), 'a spread constraint does not count the pods');
  }
  for (const mount of names(at(container, 'volumeMounts'))) {
    claim(names(at(pod, 'spec.volumes')).includes(mount), `volume ${mount} is mounted and not there`);
  }
  for (const volume of names(at(pod, 'spec.volumes'))) {
    claim(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(volume), `${volume} is no name of a volume`);
    claim(names(at(container, 'volumeMounts')).includes(volume), `volume ${volume} is there and not mounted`);
  }
  const configs = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  for (const volume of list(at(pod, 'spec.volumes'))) {
    const config = String(at(volume, 'configMap.name') ?? configs[0]);
    claim(configs.includes(config), `a ConfigMap ${config} is mounted and not there`);
  }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    claim(at(container, `${probe}.httpGet.port`) === 'metrics', `the ${probe} does not ask the admin listener`);
  }
  const account = manifests.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name ?? 'default';
  claim(at(pod, 'spec.serviceAccountName') === account, 'the pods run under another ServiceAccount');

  for (const manifest of manifests) {
    const { kind, metadata } = manifest;
    claim(metadata.namespace === deployment.metadata.namespace, `${kind} ${metadata.name} is in another namespace`);
    claim(metadata.name.length <= 63, `the name of ${kind} ${metadata.name} is too long`);
    if (kind === 'Service') {
      claim(selects(at(manifest, 'spec.selector')), 'the Service does not select the pods');
      for (const { targetPort } of list(at(manifest, 'spec.ports'))) {
        claim(ports.includes(String(targetPort)), `the Service sends to a port ${targetPort}`);
      }
    }
    if (kind === 'PodDisruptionBudget') claim(selects(at(manifest, 'spec.selector.matchLabels')), 'the PDB is idle');
    if (kind === 'NetworkPolicy') {
      claim(selects(at(manifest, 'spec.podSelector.matchLabels')), 'the NetworkPolicy does not select the pods');
    }
    if (kind === 'HorizontalPodAutoscaler') {
      claim(at(manifest, 'spec.scaleTargetRef.name') === deployment.metadata.name, 'the HPA scales something else');
      claim(at(deployment, 'spec.replicas') === undefined, 'the Deployment and the HPA both own the replicas');
    }
    if (kind === 'ServiceMonitor') {
      const service = theOne(manifests, 'Service');
      const selector = at(manifest, 'spec.selector.matchLabels');
      claim(isSubset(selector, service.metadata.labels), 'the ServiceMonitor does not select the Service');
      claim(names(at(service, 'spec.ports')).includes(String(at(manifest, 'spec.endpoints.0.port'))), 'no such port');
    }
    if (kind === 'Pod')
      claim(!isSubset(at(theOne(manifests, 'Service'), 'spec.selector'), metadata.labels), 'test pod');
  }
  return problems;
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

function names(value: unknown): string[] {
  return list(value).map(({ name }) => String(name));
}

function isSubset(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null || Object.keys(part).length === 0) return false;
  return Object.entries(part).every(
    ([key, value]) => at({ whole }, 'whole') && Reflect.get(Object(whole), key) === value,
  );
}
