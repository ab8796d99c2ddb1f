import { at, type Manifest, theOne } from '../../../../test/deploy/helm.ts';

/** Returns descriptions of broken references between objects, and of unknown ports and volumes. */
export function brokenReferences(manifests: readonly Manifest[]): string[] {
  const problems = manifests
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((deployment) => brokenReferencesOf(deployment, manifests));
  const { namespace } = theOne(manifests, 'Deployment').metadata;
  for (const { kind, metadata } of manifests) {
    const expected = /^(Cluster|CustomResource)/.test(kind) ? undefined : namespace;
    if (metadata.namespace !== expected) problems.push(`${kind} ${metadata.name} is in a different namespace`);
    if (expected !== undefined && metadata.name.length > 63)
      problems.push(`the name of ${kind} ${metadata.name} is too long`);
  }
  return problems;
}

/** Checks a Deployment and the objects of the same name label. */
function brokenReferencesOf(deployment: Manifest, manifests: readonly Manifest[]): string[] {
  const problems: string[] = [];
  const claim = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const nameLabel = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/name'];
  const own = manifests.filter((manifest) => nameLabel(manifest) === nameLabel(deployment));
  const pod = at(deployment, 'spec.template');
  const container = at(pod, 'spec.containers.0');
  const ports = names(at(container, 'ports'));
  const others = manifests.filter(({ kind }) => kind === 'Deployment').filter((each) => each !== deployment);
  const selects = (selector: unknown): boolean =>
    isSubset(selector, at(pod, 'metadata.labels')) &&
    !others.some((other) => isSubset(selector, at(other, 'spec.template.metadata.labels')));

  claim(selects(at(deployment, 'spec.selector.matchLabels')), 'the Deployment does not select its pods');
  for (const constraint of list(at(pod, 'spec.topologySpreadConstraints'))) {
    claim(
      selects(at(constraint, 'labelSelector.matchLabels')),
      'a topology spread constraint does not select the pods',
    );
  }
  for (const mount of names(at(container, 'volumeMounts'))) {
    claim(names(at(pod, 'spec.volumes')).includes(mount), `volume ${mount} is mounted but does not exist`);
  }
  for (const volume of names(at(pod, 'spec.volumes'))) {
    claim(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(volume), `${volume} is not a valid volume name`);
    claim(names(at(container, 'volumeMounts')).includes(volume), `volume ${volume} exists but is not mounted`);
  }
  const configs = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  for (const volume of list(at(pod, 'spec.volumes'))) {
    const config = String(at(volume, 'configMap.name') ?? configs[0]);
    claim(configs.includes(config), `ConfigMap ${config} is mounted but does not exist`);
  }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    claim(at(container, `${probe}.httpGet.port`) === 'metrics', `the ${probe} does not use the admin listener`);
  }
  const account = own.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name ?? 'default';
  claim(at(pod, 'spec.serviceAccountName') === account, 'the pods use a different ServiceAccount');

  for (const manifest of own) {
    const { kind, metadata } = manifest;
    if (kind.endsWith('RoleBinding')) {
      const role = manifests.find(
        (each) => each.kind === at(manifest, 'roleRef.kind') && nameLabel(each) === nameLabel(manifest),
      );
      claim(role?.metadata.name === at(manifest, 'roleRef.name'), `${kind} ${metadata.name} binds an unknown role`);
      const subject = { kind: 'ServiceAccount', name: account, namespace: deployment.metadata.namespace };
      claim(
        JSON.stringify(at(manifest, 'subjects')) === JSON.stringify([subject]),
        `${kind} ${metadata.name} binds others`,
      );
    }
    if (kind === 'Service') {
      claim(selects(at(manifest, 'spec.selector')), 'the Service does not select the pods');
      for (const { targetPort } of list(at(manifest, 'spec.ports'))) {
        claim(ports.includes(String(targetPort)), `the Service targets an unknown port ${targetPort}`);
      }
    }
    if (kind === 'PodDisruptionBudget')
      claim(selects(at(manifest, 'spec.selector.matchLabels')), 'the PDB does not select the pods');
    if (kind === 'NetworkPolicy') {
      claim(selects(at(manifest, 'spec.podSelector.matchLabels')), 'the NetworkPolicy does not select the pods');
    }
    if (kind === 'HorizontalPodAutoscaler') {
      claim(at(manifest, 'spec.scaleTargetRef.name') === deployment.metadata.name, 'the HPA scales a different object');
      claim(at(deployment, 'spec.replicas') === undefined, 'the Deployment and the HPA both own the replicas');
    }
    if (kind === 'ServiceMonitor') {
      const service = theOne(manifests, 'Service');
      const selector = at(manifest, 'spec.selector.matchLabels');
      claim(isSubset(selector, service.metadata.labels), 'the ServiceMonitor does not select the Service');
      claim(
        names(at(service, 'spec.ports')).includes(String(at(manifest, 'spec.endpoints.0.port'))),
        'the ServiceMonitor scrapes a port that the Service does not have',
      );
    }
    if (kind === 'PodMonitor') {
      claim(selects(at(manifest, 'spec.selector.matchLabels')), 'the PodMonitor does not select the pods');
      const port = String(at(manifest, 'spec.podMetricsEndpoints.0.port'));
      claim(ports.includes(port), 'the PodMonitor scrapes a port that the pods do not have');
    }
  }
  for (const { kind, metadata } of manifests) {
    if (kind === 'Pod')
      claim(
        !isSubset(at(deployment, 'spec.selector.matchLabels'), metadata.labels),
        'the Service selects the test pod',
      );
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
