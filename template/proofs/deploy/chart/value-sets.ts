import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from '../../../../test/deploy/helm.ts';

export interface ValueSet {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The values files that the chart offers besides its defaults. */
export const VALUES_FILES = globSync('values-*.yaml', { cwd: CHART }).toSorted();

const ISSUER = { enabled: true, issuer: 'https://issuer.example.com', audience: 'skiff' };

/** Typical installations. Every property of the chart must hold for each of them. */
export const VALUE_SETS: readonly ValueSet[] = [
  { name: 'the defaults', values: {} },
  ...VALUES_FILES.map((name) => ({ name, values: parse(readFileSync(join(CHART, name), 'utf8')) })),
  { name: 'a fixed number of replicas', values: { autoscaling: { enabled: false }, replicaCount: 5 } },
  {
    name: 'everything optional disabled',
    values: {
      autoscaling: { enabled: false },
      replicaCount: 1,
      podDisruptionBudget: { enabled: false },
      networkPolicy: { enabled: false },
      serviceAccount: { create: false },
      topologySpreadConstraints: [],
    },
  },
  {
    name: 'an Ingress with two hosts',
    values: {
      ingress: {
        enabled: true,
        className: 'traefik',
        annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
        hosts: ['a.example.com', '*.b.example.com'],
        tlsSecretName: 'skiff-tls',
      },
    },
  },
  {
    name: 'a Gateway, watched by the Prometheus operator',
    values: {
      httpRoute: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateway', sectionName: 'https' }] },
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '15s' },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true, labels: { grafana_dashboard: '1', team: 'skiff' } },
    },
  },
  {
    name: 'TLS on both listeners, with required client certificates',
    values: {
      config: {
        http: {
          tls: {
            certFile: '/etc/skiff/tls/tls.crt',
            keyFile: '/etc/skiff/tls/tls.key',
            clientAuth: 'require',
            clientCaFile: '/etc/skiff/client-ca/ca.crt',
          },
        },
        admin: { tls: { certFile: '/etc/skiff/tls/tls.crt', keyFile: '/etc/skiff/tls/tls.key' } },
      },
      secretMounts: { 'skiff-tls': '/etc/skiff/tls', 'skiff.client-ca': '/etc/skiff/client-ca' },
      serviceMonitor: { enabled: true, tlsConfig: { ca: { secret: { name: 'skiff-tls', key: 'ca.crt' } } } },
    },
  },
  {
    name: 'Consul at a custom address, over TLS',
    values: {
      config: {
        consul: { enabled: true, address: 'https://agent.consul:8501', caFile: '/etc/skiff/consul/ca.crt' },
        flags: { store: 'consul' },
      },
      secrets: { 'consul.token': { name: 'skiff-consul', key: 'token' } },
      secretMounts: { 'consul-ca': '/etc/skiff/consul' },
    },
  },
  {
    name: 'an issuer whose keys are mounted, and no collector',
    values: {
      config: { auth: { ...ISSUER, jwksFile: '/etc/skiff/jwks/jwks.json' } },
      secretMounts: { 'issuer-keys': '/etc/skiff/jwks' },
    },
  },
  {
    name: 'an issuer and a collector on custom ports',
    values: {
      config: {
        environment: 'staging',
        auth: { ...ISSUER, jwksUrl: 'https://issuer.example.com:8443/keys' },
        tracing: { endpoint: 'https://collector.example.com', sampleRatio: 1 },
      },
      networkPolicy: { extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.2.0/24' } }], ports: [{ port: 5432 }] }] },
    },
  },
  {
    name: 'other ports and slow shutdowns',
    values: {
      config: {
        http: { port: 18080, maxConnections: 1_000_000, maxConcurrent: 123_456_789 },
        admin: { port: 19091 },
        lifecycle: { drainDelay: '1m', shutdownTimeout: '1500ms', flushTimeout: '1ms' },
      },
      service: { port: 8080, metricsPort: 9100, annotations: { 'example.com/note': 'yes' } },
    },
  },
  {
    name: 'all optional fields of a pod',
    values: {
      image: { digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      podLabels: { team: 'core', 'sidecar.istio.io/inject': 'true' },
      podAnnotations: { 'example.com/restarted-at': '2026-11-01' },
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['web'] }] }],
          },
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 2, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' },
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { team: 'core' } },
        },
      ],
      priorityClassName: 'high',
      extraEnv: [
        { name: 'OTEL_RESOURCE_ATTRIBUTES', value: 'team=core' },
        { name: 'ZONE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      ],
      extraEnvFrom: [{ configMapRef: { name: 'more', optional: true } }],
      extraVolumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }],
      extraVolumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  },
  {
    name: 'scaling by requests per second, and percentages',
    values: {
      autoscaling: {
        minReplicas: 4,
        maxReplicas: 40,
        targetCPUUtilizationPercentage: 60,
        extraMetrics: [
          {
            type: 'Pods',
            pods: {
              metric: { name: 'http_requests_per_second' },
              target: { type: 'AverageValue', averageValue: '100' },
            },
          },
        ],
        behavior: { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] } },
      },
      podDisruptionBudget: { maxUnavailable: '25%' },
    },
  },
  {
    name: 'the controller',
    values: { controller: { enabled: true }, serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  },
  {
    name: 'a cluster-wide controller that may connect to one address',
    values: {
      controller: { enabled: true, installCRDs: false, clusterWide: true, replicaCount: 1 },
      networkPolicy: { apiServer: [{ ipBlock: { cidr: '192.0.2.1/32' } }] },
      podLabels: { team: 'core' },
    },
  },
  {
    name: 'custom names, as set for a dependency of another chart',
    values: {
      global: { imageRegistry: 'ignored' },
      enabled: true,
      nameOverride: 'ferry',
      fullnameOverride: 'ferry-blue',
      serviceAccount: { name: 'ferry', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/ferry' } },
    },
  },
];
