import { at, type Manifest } from '../../../../test/deploy/helm.ts';

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/**
 * Returns the violations of the restricted Pod Security Standard in a pod spec
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and of additional requirements of this project.
 */
export function podSecurityProblems(spec: unknown): string[] {
  const problems: string[] = [];
  const expect = (path: string, holds: (value: unknown) => boolean, within: unknown = spec): void => {
    const value = at(within, path);
    if (!holds(value)) problems.push(`${path} is ${JSON.stringify(value)}`);
  };
  const is = (expected: unknown) => (value: unknown) => value === expected;
  const absent = is(undefined);

  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(field, absent);
  expect('securityContext.runAsNonRoot', is(true));
  expect('securityContext.runAsUser', (user) => Number(user) >= 10_000);
  expect('securityContext.runAsGroup', (group) => Number(group) >= 10_000);
  expect('securityContext.seccompProfile.type', is('RuntimeDefault'));
  expect('automountServiceAccountToken', is(false));
  expect('enableServiceLinks', is(false));
  for (const volume of list(at(spec, 'volumes'))) {
    expect('name', () => Object.keys(volume).every((key) => key === 'name' || VOLUMES.includes(key)), volume);
  }
  for (const container of [...list(at(spec, 'containers')), ...list(at(spec, 'initContainers'))]) {
    expect('securityContext.allowPrivilegeEscalation', is(false), container);
    expect('securityContext.readOnlyRootFilesystem', is(true), container);
    expect('securityContext.privileged', absent, container);
    expect('securityContext.capabilities', (set) => JSON.stringify(set) === '{"drop":["ALL"]}', container);
    expect('image', (image) => /@sha256:|:(?!latest$)[^/:]+$/.test(String(image)), container);
    for (const resource of ['cpu', 'memory', 'ephemeral-storage']) {
      for (const kind of ['requests', 'limits']) {
        expect(`resources.${kind}.${resource}`, (value) => value !== undefined, container);
      }
    }
    for (const port of list(at(container, 'ports'))) {
      expect('hostPort', absent, port);
      expect('containerPort', (number) => Number(number) > 1024, port);
    }
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(`${probe}.httpGet.host`, absent, container);
    }
  }
  return problems;
}

/** Returns the specs of all pods that these objects create. */
export function podSpecs(manifests: readonly Manifest[]): unknown[] {
  return manifests.flatMap((manifest) => {
    const spec = manifest.kind === 'Pod' ? manifest.spec : at(manifest, 'spec.template.spec');
    return spec === undefined ? [] : [spec];
  });
}

function list(value: unknown): object[] {
  return Array.isArray(value) ? value : [];
}
