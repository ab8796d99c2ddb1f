import { expect, test } from 'vitest';
import { render } from '../../../../test/deploy/helm.ts';

const ISSUER = { enabled: true, issuer: 'https://issuer.example.com', audience: 'skiff' };

const SPREAD = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' };

/** Values of a broken or unsafe installation, and the path or text that the error message must contain. */
const REJECTED: readonly [what: string, values: object, path: string][] = [
  ['an unknown value', { replicas: 3 }, "additional properties 'replicas' not allowed"],
  ['an unknown nested value', { image: { name: 'x' } }, '/image'],
  ['no replica', { replicaCount: 0 }, '/replicaCount'],
  ['a number as text', { replicaCount: '3' }, '/replicaCount'],
  ['the tag latest', { image: { tag: 'latest' } }, '/image/tag'],
  ['a truncated digest', { image: { digest: 'sha256:abc' } }, '/image/digest'],
  ['an unknown pull policy', { image: { pullPolicy: 'Sometimes' } }, '/image/pullPolicy'],
  ['a pull secret that is a string', { imagePullSecrets: ['registry'] }, '/imagePullSecrets/0'],
  ['a name that is not valid in DNS', { fullnameOverride: 'Skiff_1' }, '/fullnameOverride'],
  ['the test environment', { config: { environment: 'test' } }, '/config/environment'],
  ['a duration without its unit', { config: { lifecycle: { drainDelay: 10 } } }, '/config/lifecycle/drainDelay'],
  ['an unknown time', { config: { lifecycle: { drainTime: '10s' } } }, '/config/lifecycle'],
  ['a misspelt setting', { config: { http: { bodyLimmit: '1MiB' } } }, "/config/http': additional properties 'bodyL"],
  ['an unknown group of settings', { config: { htpp: {} } }, "/config': additional properties 'htpp'"],
  ['an unknown log level', { config: { log: { level: 'verbose' } } }, '/config/log/level'],
  ['a size without its unit', { config: { http: { bodyLimit: '1' } } }, '/config/http/bodyLimit'],
  ['a string instead of a list', { config: { http: { trustProxy: '10.0.0.0/8' } } }, '/config/http/trustProxy'],
  ['a string instead of a boolean', { config: { debug: { enabled: 'yes' } } }, '/config/debug/enabled'],
  ['a port that needs root', { config: { http: { port: 80 } } }, '/config/http/port'],
  ['a listener on 127.0.0.1 only', { config: { http: { host: '127.0.0.1' } } }, '/config/http/host'],
  ['a certificate without its key', { config: { http: { tls: { certFile: '/tls.crt' } } } }, '/config/http/tls'],
  ['authentication without an issuer', { config: { auth: { enabled: true } } }, '/config/auth'],
  ['an issuer without keys', { config: { auth: ISSUER } }, '/config/auth'],
  ['debug endpoints in production', { config: { debug: { enabled: true } } }, '/config/debug/enabled'],
  ['a mount over the program', { secretMounts: { tls: '/app/tls' } }, '/secretMounts/tls'],
  ['a mount over the settings', { secretMounts: { tls: '/etc/skiff/config' } }, '/secretMounts/tls'],
  ['no memory limit', { resources: { limits: { memory: null } } }, '/resources/limits'],
  ['an autoscaler without a metric', { autoscaling: { targetCPUUtilizationPercentage: null } }, 'has no metric'],
  ['no settings at all', { config: null }, "missing property 'config'"],
  ['no repository', { image: { repository: null } }, "missing property 'repository'"],
  ['null instead of an empty map of labels', { podLabels: null }, "missing property 'podLabels'"],
  [
    'a duplicate variable',
    {
      extraEnv: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    },
    'variable A is set twice',
  ],
  ['a variable that is a number', { extraEnv: [{ name: 'A', value: 1 }] }, '/extraEnv/0/value'],
  ['a volume named tmp', { extraVolumes: [{ name: 'tmp', emptyDir: {} }] }, 'two volumes are named tmp'],
  ['two Secrets whose volume names collide', { secretMounts: { 'a.b': '/a', 'a-b': '/b' } }, 'named secret-a-b'],
  ['two volumes at one path', { secretMounts: { a: '/tls', b: '/tls/' } }, 'two volumes are mounted at /tls'],
  ['a mount without its volume', { extraVolumeMounts: [{ name: 'x', mountPath: '/x' }] }, 'mounts the volume x'],
  ['a mount over the programs', { extraVolumeMounts: [{ name: 'tmp', mountPath: '/app' }] }, '/extraVolumeMounts/0'],
  [
    'the same port for both listeners of the Service',
    { service: { metricsPort: 80 } },
    'service.metricsPort are both 80',
  ],
  [
    'the same port for both listeners of the pod',
    { config: { http: { port: 9091 } } },
    'config.admin.port are both 9091',
  ],
  [
    'a duplicate topology spread constraint',
    { topologySpreadConstraints: [SPREAD, SPREAD] },
    'zone with ScheduleAnyway twice',
  ],
  ['a duplicate host', { ingress: { hosts: ['a.example.com', 'a.example.com'] } }, '/ingress/hosts'],
  ['a maximum of zero replicas', { autoscaling: { maxReplicas: 0 } }, '/autoscaling/maxReplicas'],
  ['a minimum above the maximum', { autoscaling: { minReplicas: 11 } }, 'autoscaling.minReplicas (11) is greater'],
  ['a budget that blocks every drain', { podDisruptionBudget: { maxUnavailable: 0 } }, '/podDisruptionBudget'],
  [
    'a budget of 0% that blocks every drain',
    { podDisruptionBudget: { maxUnavailable: '0%' } },
    '/podDisruptionBudget/maxUnavailable',
  ],
  [
    'an empty rule that exposes metrics to everyone',
    { networkPolicy: { metricsFrom: [{}] } },
    '/networkPolicy/metricsFrom/0',
  ],
  ['a misspelt egress rule', { networkPolicy: { extraEgress: [{ port: 1 }] } }, '/networkPolicy/extraEgress/0'],
  ['a port out of range', { service: { port: 70_000 } }, '/service/port'],
  ['an ExternalName Service', { service: { type: 'ExternalName' } }, '/service'],
  ['an Ingress without a host', { ingress: { enabled: true, tlsSecretName: 'tls' } }, '/ingress/hosts'],
  ['a URL as a host', { httpRoute: { hostnames: ['https://a.example.com'] } }, '/httpRoute/hostnames/0'],
  ['a route without a Gateway', { httpRoute: { enabled: true } }, '/httpRoute/parentRefs'],
  ['an interval without its unit', { serviceMonitor: { interval: '30' } }, '/serviceMonitor/interval'],
  ['a label that is not a string', { podLabels: { version: 1 } }, '/podLabels/version'],
  ['drain times as a variable', { extraEnv: [{ name: 'SKIFF_LIFECYCLE_DRAIN_DELAY', value: '1s' }] }, '/extraEnv/0'],
  ['a port as a variable', { extraEnv: [{ name: 'SKIFF_HTTP_PORT', value: '1' }] }, '/extraEnv/0/name'],
  ['TLS as a variable', { extraEnv: [{ name: 'SKIFF_ADMIN_TLS_CERT_FILE', value: '/x' }] }, '/extraEnv/0/name'],
  ['an unknown affinity', { affinity: { podAntiaffinity: {} } }, '/affinity'],
];

test.each(REJECTED)('%s is rejected with its path', async (_, values, path) => {
  await expect(render(values)).rejects.toThrow(path);
});
