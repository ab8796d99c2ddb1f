import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, type Manifest, outputOf, parseManifests, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { podSecurityProblems } from '../chart/pod-security.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from '../chart/strict-schema.ts';
import { isInstalled, validate, writeKubeconformSchemas } from '../chart/validators.ts';
import { componentProblems, configOf, hostOf, portOf } from './collector-config.ts';
import { readDashboard, readDataSources, readText } from './sources.ts';

/**
 * Violations of deploy/policy that deploy/observability documents: reading the log files of a node requires a hostPath volume,
 * and the image is the public one until users mirror it.
 */
const EXCEPTIONS = ['image-registry', 'volume-types'];

const yaml = await outputOf('kubectl', ['kustomize', join(ROOT, 'deploy/observability')]);
const manifests = parseManifests(yaml);
const named = (kind: string, name: string): Manifest => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
};
const agent = named('DaemonSet', 'collector-agent');
const gateway = named('Deployment', 'collector-gateway');
const workloads = [agent, gateway];
const podOf = (workload: Manifest) => at(workload, 'spec.template.spec');

interface Port {
  readonly name: string;
  readonly port: number;
  readonly containerPort: number;
}
const containerPorts = (workload: Manifest) => at(workload, 'spec.template.spec.containers.0.ports') as Port[];
const isSelected = (selector: object, labels: unknown) =>
  Object.entries(selector).every(([name, value]) => Reflect.get(Object(labels), name) === value);

test.each(KUBERNETES_VERSIONS)('all objects conform to the schema of Kubernetes %s', (version) => {
  expect(manifests.flatMap(createStrictSchema(version))).toEqual([]);
});

if (isInstalled('kubeconform')) {
  describe('kubeconform', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubeconform-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    test.each(KUBERNETES_VERSIONS)('knows every field, for Kubernetes %s', async (version) => {
      writeKubeconformSchemas(folder);
      const location = join(folder, version, '{{.ResourceKind}}{{.KindSuffix}}.json');
      const { text } = await validate('kubeconform', ['-strict', '-summary', '-schema-location', location], yaml);
      expect(text).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
    });
  });
}

if (isInstalled('conftest')) {
  test('the objects violate the policies only where it is documented', async () => {
    const args = ['test', '--output', 'json', '--policy', join(ROOT, 'deploy/policy/conftest')];
    const runs = [
      ['--namespace', 'main'],
      ['--combine', '--namespace', 'together'],
    ].map(async (options) => {
      const { text } = await validate('conftest', [...args, ...options, '-'], yaml);
      const results: { failures?: { msg: string }[] }[] = JSON.parse(text);
      return results.flatMap(({ failures = [] }) => failures.map(({ msg }) => msg.split(':')[0]));
    });
    expect([...new Set((await Promise.all(runs)).flat())].toSorted()).toEqual(EXCEPTIONS);
  });
}

test('the gateway conforms to the restricted Pod Security Standard, and the agent except for its read-only volume', () => {
  expect(podSecurityProblems(podOf(gateway))).toEqual([]);
  expect(podSecurityProblems(podOf(agent))).toEqual(['name is "pod-logs"']);
  const mounts = at(podOf(agent), 'containers.0.volumeMounts') as { name: string; readOnly?: boolean }[];
  expect(mounts.find(({ name }) => name === 'pod-logs')?.readOnly).toBe(true);
});

test('the agent may only read pods and namespaces', () => {
  expect(named('ClusterRole', 'collector-agent').rules).toEqual([
    { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
  ]);
});

describe.each(workloads.map((workload) => [workload.metadata.name, workload] as const))('%s', (name, workload) => {
  const config = configOf(workload, manifests);
  const ports = new Map(containerPorts(workload).map((port) => [port.name, port.containerPort]));

  test('its pipelines name configured components, all of which are used', () => {
    expect(Object.keys(config.service.pipelines)).toEqual(['traces', 'metrics', 'logs']);
    expect(componentProblems(config)).toEqual([]);
  });

  test('a missing and an unused component are detected', () => {
    const { memory_limiter, ...processors } = config.processors;
    expect(memory_limiter).toBeDefined();
    const other = { ...config, processors: { ...processors, other: {} } };
    expect(componentProblems(other)).toEqual([
      'processors: memory_limiter is not configured',
      'processors: other is not used',
    ]);
  });

  test('it listens on the ports of its container', () => {
    const { grpc, http } = config.receivers.otlp?.protocols ?? {};
    const listens = {
      'otlp-grpc': portOf(grpc?.endpoint ?? ''),
      ...(http && { 'otlp-http': portOf(http.endpoint) }),
      metrics: at(config, 'service.telemetry.metrics.readers.0.pull.exporter.prometheus.port'),
      health: portOf(config.extensions.health_check?.endpoint ?? ''),
    };
    expect(listens).toEqual(Object.fromEntries(ports));
  });

  test('its Service has the ports of the receivers', () => {
    const { spec } = named('Service', name);
    expect(at(spec, 'selector')).toEqual(at(workload, 'spec.selector.matchLabels'));
    const receivers = [...ports].filter(([port]) => port.startsWith('otlp'));
    expect((at(spec, 'ports') as Port[]).map(({ name: port, port: number }) => [port, number])).toEqual(receivers);
  });

  test('it drops data before it exceeds its memory limit, and reads its Go memory limit from the same', () => {
    for (const { processors } of Object.values(config.service.pipelines)) expect(processors[0]).toBe('memory_limiter');
    const container = at(podOf(workload), 'containers.0');
    const limit = Number.parseInt(String(at(container, 'resources.limits.memory')), 10);
    const env = at(container, 'env') as { name: string; value?: string }[];
    const goLimit = env.find((each) => each.name === 'GOMEMLIMIT')?.value;
    expect(goLimit).toBe(`${Math.floor(limit * 0.8)}MiB`);
  });

  test('a PodMonitor scrapes it', () => {
    const { spec } = named('PodMonitor', 'collector');
    expect(at(spec, 'selector.matchExpressions.0.values')).toContain(name);
    expect([...ports.keys()]).toContain(at(spec, 'podMetricsEndpoints.0.port'));
  });
});

test('the agent sends to the gateway, and the gateway to hosts that backends.yaml has, as the network policies allow', () => {
  const [toGateway] = Object.values(configOf(agent, manifests).exporters);
  expect(hostOf(toGateway?.endpoint ?? '')).toBe('collector-gateway');
  expect(portOf(toGateway?.endpoint ?? '')).toBe(containerPorts(gateway)[0]?.containerPort);

  const backends = Object.values(configOf(gateway, manifests).exporters).map(({ endpoint }) => endpoint);
  const external = manifests.filter((each) => at(each, 'spec.type') === 'ExternalName').map(({ metadata }) => metadata);
  expect(backends.map(hostOf).toSorted()).toEqual(external.map(({ name }) => name).toSorted());
  const rules = at(named('NetworkPolicy', 'collector-gateway'), 'spec.egress') as { ports: Port[] }[];
  expect(rules.at(-1)?.ports.map(({ port }) => port)).toEqual(backends.map(portOf));
});

test('the data sources of Grafana use hosts that backends.yaml has, and have the label of its sidecar', () => {
  const { data, metadata } = named('ConfigMap', 'skiff-datasources');
  expect(metadata.labels).toMatchObject({ grafana_datasource: '1' });
  const { datasources }: { datasources: { url: string }[] } = parse(Object(data)['datasources.yaml']);
  expect(datasources).toHaveLength(readDataSources().length);
  for (const { url } of datasources) named('Service', hostOf(url));
});

test('the alerts and the dashboard are those of the chart, with the labels that Prometheus and Grafana select', async () => {
  const chart = await render({ prometheusRule: { enabled: true }, dashboard: { enabled: true } });
  const rule = named('PrometheusRule', 'skiff');
  expect(rule.spec).toEqual(parse(readText('alerts.yaml')));
  const values = parse(readFileSync(join(ROOT, 'charts/skiff/values-observability.yaml'), 'utf8'));
  expect(rule.metadata.labels).toEqual(values.prometheusRule.labels);
  const { data, metadata } = named('ConfigMap', 'skiff-dashboard');
  expect(JSON.parse(Object(data)['skiff.json'])).toEqual(readDashboard());
  const inChart = chart.find(({ kind, metadata: { name } }) => kind === 'ConfigMap' && name.endsWith('-dashboard'));
  expect(inChart?.metadata.labels).toMatchObject(metadata.labels ?? {});
});

test('the PodMonitor of the service selects the pods of the server and of the controller', async () => {
  const { spec } = named('PodMonitor', 'skiff');
  const release = await render({ controller: { enabled: true }, serviceMonitor: { enabled: true } });
  expect(at(spec, 'jobLabel')).toBe(at(theOne(release, 'ServiceMonitor'), 'spec.jobLabel'));
  for (const component of [undefined, 'controller']) {
    const deployment = theOne(release, 'Deployment', component);
    const labels = at(deployment, 'spec.template.metadata.labels');
    expect(isSelected(Object(at(spec, 'selector.matchLabels')), labels)).toBe(true);
    expect(containerPorts(deployment).map(({ name }) => name)).toContain(at(spec, 'podMetricsEndpoints.0.port'));
  }
});

test('the agent reads the log of the service and not its own', () => {
  const { include, exclude } = Object(configOf(agent, manifests).receivers.file_log);
  const paths = [['skiff', 'skiff-5b8-x'], ...workloads.map(({ metadata }) => [metadata.namespace, metadata.name])].map(
    ([namespace, name]) => `/var/log/pods/${namespace}_${name}-abc_0000-11/collector/0.log`,
  );
  for (const path of paths) expect(matchesGlob(path, include[0])).toBe(true);
  expect(paths.map((path) => matchesGlob(path, exclude[0]))).toEqual([false, true, true]);
});
