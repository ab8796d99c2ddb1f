import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ENV_PREFIX } from '../../../../internal/config/layers.ts';
import { schema } from '../../../../internal/config/schema.ts';
import { envFileName } from '../../../../pkg/config/env-names.ts';
import { settingsOf } from '../../../../pkg/config/schema.ts';
import { at, CHART, type Manifest, outputOf, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';
import { podSpecs } from './pod-security.ts';

const ISSUER = { enabled: true, issuer: 'https://issuer.example.com', audience: 'skiff' };
const TLS = { certFile: '/etc/skiff/tls/tls.crt', keyFile: '/etc/skiff/tls/tls.key' };

async function deployment(values: object): Promise<Manifest> {
  return theOne(await render(values), 'Deployment');
}

function container(manifest: Manifest): unknown {
  return at(manifest, 'spec.template.spec.containers.0');
}

test('the autoscaler owns the replicas; without it there are three', async () => {
  expect(at(await deployment({}), 'spec')).not.toHaveProperty('replicas');
  const fixed = await render({ autoscaling: { enabled: false } });
  expect(at(theOne(fixed, 'Deployment'), 'spec.replicas')).toBe(3);
  expect(fixed.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
});

test('a disruption budget is created for several replicas but not for a single one', async () => {
  const kinds = async (values: object): Promise<string[]> => (await render(values)).map(({ kind }) => kind);
  expect(await kinds({})).toContain('PodDisruptionBudget');
  expect(await kinds({ autoscaling: { minReplicas: 1 } })).not.toContain('PodDisruptionBudget');
  expect(await kinds({ autoscaling: { enabled: false }, replicaCount: 1 })).not.toContain('PodDisruptionBudget');
});

test('a changed setting replaces the pods; a changed annotation of the Service does not', async () => {
  const checksum = async (values: object): Promise<unknown> => {
    return at(await deployment(values), 'spec.template.metadata.annotations.checksum/config');
  };
  const before = await checksum({});
  expect(await checksum({ service: { annotations: { a: 'b' } } })).toBe(before);
  expect(await checksum({ config: { log: { level: 'debug' } } })).not.toBe(before);
});

test('the configuration is mounted as a directory, so that the service detects changes', async () => {
  const mounts = at(container(await deployment({})), 'volumeMounts');
  expect(mounts).toContainEqual({ name: 'config', mountPath: '/etc/skiff/config', readOnly: true });
  expect(JSON.stringify(mounts)).not.toContain('subPath');
});

test('a secret setting is read from a Secret, through the variable that the service reads', async () => {
  const own = [...settingsOf(schema)].filter(([, setting]) => setting.secret === true).map(([key]) => key);
  const secrets = Object.fromEntries(own.map((key) => [key, { name: 'mine', key: 'value' }]));
  const names = (at(container(await deployment({ secrets })), 'env') as { name: string }[]).map(({ name }) => name);
  expect(names.sort()).toEqual(
    ['NODE_OPTIONS', 'SKIFF_CONFIG_FILE', ...own.map((key) => envFileName(ENV_PREFIX, key))].sort(),
  );
});

test('TLS on the admin listener changes the scheme of its clients, and nothing else in the probes', async () => {
  const plain = await render({ serviceMonitor: { enabled: true } });
  const secure = await render({ config: { admin: { tls: TLS } }, serviceMonitor: { enabled: true } });
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const [before, after] = [plain, secure].map((manifests) => at(container(theOne(manifests, 'Deployment')), probe));
    expect(after).toEqual(JSON.parse(JSON.stringify(before).replace('"HTTP"', '"HTTPS"')));
  }
  expect(at(theOne(secure, 'ServiceMonitor'), 'spec.endpoints.0.scheme')).toBe('https');
  expect(at(theOne(secure, 'Service'), 'spec.ports.1.appProtocol')).toBe('https');
  expect(JSON.stringify(theOne(secure, 'Pod'))).toContain('https://skiff:9091/readyz');
});

test('the probes use /startupz, /healthz and /readyz of the admin listener', async () => {
  const pod = container(await deployment({}));
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => at(pod, `${probe}.httpGet`));
  expect(probes).toEqual(
    ['/startupz', '/healthz', '/readyz'].map((path) => ({ path, port: 'metrics', scheme: 'HTTP' })),
  );
});

test('a pod that no longer responds is killed after 5 s instead of the regular grace period', async () => {
  const pod = await deployment({});
  for (const probe of ['startupProbe', 'livenessProbe']) {
    expect(at(container(pod), `${probe}.terminationGracePeriodSeconds`)).toBe(5);
  }
  expect(at(container(pod), 'readinessProbe')).not.toHaveProperty('terminationGracePeriodSeconds');
  expect(at(pod, 'spec.template.spec.terminationGracePeriodSeconds')).toBeGreaterThan(5);
});

test('helm test retries failed requests and deletes its pod even if it fails', async () => {
  const pod = theOne(await render(), 'Pod');
  for (const { command } of at(pod, 'spec.containers') as { command: string[] }[]) {
    expect(command).toEqual(expect.arrayContaining(['--retry-for', '15s']));
  }
  expect(pod.metadata.annotations).toMatchObject({
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded,hook-failed',
    'helm.sh/hook-output-log-policy': 'hook-failed',
  });
});

describe('the NetworkPolicy allows connections to', () => {
  test.each([
    ['DNS only, by default', {}, []],
    ['the issuer', { auth: { ...ISSUER, jwksUrl: 'https://issuer.example.com:8443/keys' } }, [8443]],
    ['the issuer on its default port', { auth: { ...ISSUER, jwksUrl: 'https://issuer.example.com' } }, [443]],
    ['nothing for mounted keys', { auth: { ...ISSUER, jwksFile: '/keys.json' } }, []],
    ['the collector', { tracing: { endpoint: 'http://collector:4318' } }, [4318]],
    ['a collector on its default port', { tracing: { endpoint: 'http://collector/otlp' } }, [80]],
  ])('%s', async (_, config, ports) => {
    expect(egressPorts(await render({ config }))).toEqual([53, 53, ...ports]);
  });
});

test('the NetworkPolicy allows connections to the proxy and the collector set in variables', async () => {
  const ports = async (...extraEnv: [name: string, value: string][]) => {
    return egressPorts(await render({ extraEnv: extraEnv.map(([name, value]) => ({ name, value })) }));
  };
  expect(await ports(['HTTPS_PROXY', 'http://proxy.example.com:3128'], ['NODE_USE_ENV_PROXY', '1'])).toEqual([
    53, 53, 3128,
  ]);
  expect(await ports(['http_proxy', 'http://user:word@proxy:8080/'], ['HTTP_PROXY', 'proxy:8081'])).toEqual([
    53, 53, 8080, 8081,
  ]);
  expect(await ports(['HTTPS_PROXY', 'https://proxy'], ['HTTP_PROXY', ''], ['NO_PROXY', 'a:1'])).toEqual([53, 53, 443]);
  expect(await ports(['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://[fd00::1]:4318'])).toEqual([53, 53, 4318]);
  const traces = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  expect(await ports([traces, 'https://c/v1/traces?a=b:1'], ['HTTPS_PROXY', 'http://c:443'])).toEqual([53, 53, 443]);
});

test('the NetworkPolicy admits requests from everywhere, and scrapes from its own and the monitoring namespace', async () => {
  expect(at(theOne(await render(), 'NetworkPolicy'), 'spec.ingress')).toEqual([
    { ports: [{ port: 'http', protocol: 'TCP' }] },
    {
      from: [
        { podSelector: {} },
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
      ],
      ports: [{ port: 'metrics', protocol: 'TCP' }],
    },
  ]);
});

test('a digest overrides the tag, and the tag overrides the version of the chart', async () => {
  const image = async (values: object): Promise<unknown> => at(container(await deployment({ image: values })), 'image');
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(await image({ repository: 'r.example.com/x' })).toMatch(/^r\.example\.com\/x:\d+\.\d+\.\d+$/);
  expect(await image({ repository: 'r.example.com/x', tag: '2' })).toBe('r.example.com/x:2');
  expect(await image({ repository: 'r.example.com/x', tag: '2', digest })).toBe(`r.example.com/x@${digest}`);
});

test('the version label is the tag, truncated to a valid label', async () => {
  const version = async (image: object): Promise<unknown> => {
    return theOne(await render({ image }), 'Deployment').metadata.labels?.['app.kubernetes.io/version'];
  };
  expect(await version({ tag: '1.10' })).toBe('1.10');
  expect(await version({ tag: `a${'.'.repeat(70)}b` })).toBe('a');
  expect(await version({})).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the autoscaler can use only memory, and targets above 100 % of the request', async () => {
  const target = { type: 'Utilization', averageUtilization: 80 };
  const memory = { type: 'Resource', resource: { name: 'memory', target } };
  const metrics = async (autoscaling: object): Promise<unknown> => {
    return at(theOne(await render({ autoscaling }), 'HorizontalPodAutoscaler'), 'spec.metrics');
  };
  expect(await metrics({ targetCPUUtilizationPercentage: null, extraMetrics: [memory] })).toEqual([memory]);
  expect(await metrics({ targetCPUUtilizationPercentage: 150 })).toMatchObject([
    { resource: { target: { averageUtilization: 150 } } },
  ]);
});

test('an Ingress without a Secret uses TLS with the certificate of its controller', async () => {
  const ingress = theOne(await render({ ingress: { enabled: true, hosts: ['a.example.com'] } }), 'Ingress');
  expect(at(ingress, 'spec.tls')).toEqual([{ hosts: ['a.example.com'] }]);
});

test('the pod of helm test belongs to the same mesh as the other pods, but not to the Service', async () => {
  const manifests = await render({
    podLabels: { 'sidecar.istio.io/inject': 'true', 'app.kubernetes.io/name': 'skiff' },
    podAnnotations: { 'proxy.istio.io/config': 'holdApplicationUntilProxyStarts: true' },
  });
  const { labels, annotations } = theOne(manifests, 'Pod').metadata;
  expect(labels).toMatchObject({ 'sidecar.istio.io/inject': 'true', 'app.kubernetes.io/name': 'skiff-test' });
  expect(annotations).toHaveProperty(['proxy.istio.io/config']);
});

test.each([
  ['v1.2', 'v1-2-skiff'],
  ['2026', 'skiff-2026'],
  ['skiff.eu', 'skiff-eu'],
])('a release named %s has objects named %s, a valid Service name', async (release, name) => {
  for (const { kind, metadata } of await render({}, { release })) {
    expect(metadata.name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    if (kind === 'Service') expect(metadata.name).toBe(name);
    expect(metadata.labels?.['app.kubernetes.io/instance']).toBe(release);
  }
});

test('labels and annotations of the chart take precedence and are not rendered twice', async () => {
  const labels = { 'app.kubernetes.io/name': 'x', team: 'a' };
  const manifests = await render({
    podAnnotations: { 'checksum/config': 'x' },
    serviceMonitor: { enabled: true, labels },
    prometheusRule: { enabled: true, labels },
    dashboard: { enabled: true, labels },
  });
  for (const kind of ['ServiceMonitor', 'PrometheusRule']) {
    expect(theOne(manifests, kind).metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'skiff', team: 'a' });
  }
  const template = at(theOne(manifests, 'Deployment'), 'spec.template.metadata.annotations');
  expect(at(template, 'checksum/config')).toMatch(/^[0-9a-f]{64}$/);
});

test('the service listens on IPv4 and IPv6, or on IPv4 only if configured', async () => {
  const hosts = async (config: object): Promise<unknown> => {
    const { http, admin } = effectiveConfig(await render({ config }));
    return [http.host, admin.host];
  };
  expect(await hosts({})).toEqual(['::', '::']);
  expect(await hosts({ http: { host: '0.0.0.0' }, admin: { host: '0.0.0.0' } })).toEqual(['0.0.0.0', '0.0.0.0']);
});

test('with the OpenShift values in the README, the platform chooses the ids and its DNS ports are allowed', async () => {
  const [, example = ''] =
    /```yaml\n(podSecurityContext:.*?)```/s.exec(readFileSync(join(CHART, 'README.md'), 'utf8')) ?? [];
  const manifests = await render(parse(example));
  for (const spec of podSpecs(manifests)) {
    expect(Object.keys(at(spec, 'securityContext') as object).sort()).toEqual(['runAsNonRoot', 'seccompProfile']);
  }
  expect(egressPorts(manifests)).toEqual([53, 53, 5353, 5353]);
});

test('podLabels cannot remove a pod from its Service', async () => {
  const labels = at(await deployment({ podLabels: { 'app.kubernetes.io/name': 'x', team: 'a' } }), 'spec.template');
  expect(at(labels, 'metadata.labels')).toMatchObject({ 'app.kubernetes.io/name': 'skiff', team: 'a' });
});

describe('the notes after an installation', () => {
  const notes = async (values: object): Promise<string> => {
    const args = Object.entries(flatten(values)).flatMap(([key, value]) => ['--set-json', `${key}=${value}`]);
    const dry = ['install', 'skiff', 'charts/skiff', '--namespace', 'skiff', '--dry-run=client', ...args];
    const output = await outputOf('helm', dry);
    return output.slice(output.indexOf('NOTES:'));
  };
  const flatten = (values: object): Record<string, string> => {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  };

  test('warn that authentication and a shared flag store are disabled by default', async () => {
    const text = await notes({});
    expect(text).toContain('WARNING: authentication is disabled');
    expect(text).toContain('WARNING: the replicas do not share their flags');
    expect(text).toContain('http://skiff.skiff:80');
  });

  test('contain no warning if everything is configured', async () => {
    const text = await notes({
      'config.auth': { ...ISSUER, jwksUrl: 'https://issuer.example.com/keys' },
      'config.consul.enabled': true,
      'config.flags.store': 'consul',
      'config.http.trustProxy': ['10.0.0.0/8'],
      ingress: { enabled: true, hosts: ['a.example.com'], tlsSecretName: 'tls' },
    });
    expect(text).not.toContain('WARNING');
    expect(text).toContain('https://a.example.com');
  });

  test('warn about a replicaCount that the autoscaler overrides', async () => {
    expect(await notes({ replicaCount: 1 })).toContain('WARNING: replicaCount (1) has no effect');
    expect(await notes({ replicaCount: 1, 'autoscaling.enabled': false })).not.toContain('has no effect');
  });

  test('contain the rate limit of production unless another one is set', async () => {
    const { rateLimit } = parse(readFileSync(join(ROOT, 'config/production.yaml'), 'utf8'));
    const sentence = `accepts ${rateLimit.max} requests per minute from a client address`;
    expect(rateLimit.window).toBe('1m');
    expect(await notes({})).toContain(sentence);
    expect(await notes({ 'config.rateLimit.max': 0 })).not.toContain(sentence);
    expect(await notes({ 'config.environment': 'staging' })).not.toContain(sentence);
  });

  test('warn about a proxy that is not trusted, and about a missing NetworkPolicy', async () => {
    const text = await notes({
      httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] },
      'networkPolicy.enabled': false,
    });
    expect(text).toContain('config.http.trustProxy');
    expect(text).toContain('no NetworkPolicy');
  });
});

test('disabled features create no objects', async () => {
  expect((await render()).map(({ kind }) => kind).sort()).toEqual([
    'ConfigMap',
    'Deployment',
    'HorizontalPodAutoscaler',
    'NetworkPolicy',
    'Pod',
    'PodDisruptionBudget',
    'Service',
    'ServiceAccount',
  ]);
});
