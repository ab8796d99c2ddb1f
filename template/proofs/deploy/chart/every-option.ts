const RESOURCES = { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '1Mi' };
const PROBES = {
  livenessProbe: { httpGet: { path: '/healthy', port: 9000 } },
  readinessProbe: { httpGet: { path: '/ready', port: 9000 } },
};

/** A container that conforms to the policies in deploy/policy, with the security context that the chart adds. */
export const SIDECAR = {
  image: 'registry.example.com/proxy:1',
  resources: { requests: RESOURCES, limits: RESOURCES },
};
export const NATIVE_SIDECAR = { ...SIDECAR, name: 'proxy', restartPolicy: 'Always' };

/** Values that set every option for special cases. They need Kubernetes 1.31 or later. */
export const EVERY_OPTION = {
  commonLabels: { 'cost-center': '42' },
  deploymentAnnotations: { 'reloader.example.com/auto': 'true' },
  hookAnnotations: { 'helm.sh/hook-delete-policy': 'before-hook-creation' },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: 1 } },
  startupProbe: { failureThreshold: 60 },
  livenessProbe: { initialDelaySeconds: 3, timeoutSeconds: 5 },
  readinessProbe: { successThreshold: 2 },
  terminationGracePeriodSeconds: 120,
  lifecycle: { preStop: { sleep: { seconds: 5 } }, postStart: { httpGet: { path: '/version', port: 'http' } } },
  args: ['--verbose'],
  env: { A: '1', NODE: { valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } } },
  initContainers: [{ ...SIDECAR, name: 'wait' }, NATIVE_SIDECAR],
  sidecars: [{ ...SIDECAR, ...PROBES, name: 'agent' }],
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['legacy.example.com'] }],
  dnsPolicy: 'None',
  dnsConfig: { nameservers: ['192.0.2.53'], options: [{ name: 'ndots', value: '1' }] },
  runtimeClassName: 'gvisor',
  service: {
    type: 'LoadBalancer',
    nodePort: 30080,
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: ['192.0.2.0/24'],
    trafficDistribution: 'PreferSameZone',
    annotations: { 'example.com/balancer': 'internal' },
  },
  ingress: {
    enabled: true,
    hosts: ['skiff.example.com'],
    tls: false,
    paths: [
      { path: '/v1', pathType: 'Prefix' },
      { path: '/version', pathType: 'Exact' },
    ],
  },
  extraObjects: [
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: '{{ .Release.Name }}-text', namespace: '{{ .Release.Namespace }}' }",
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: '{{ include "skiff.fullname" . }}-map', namespace: '{{ .Release.Namespace }}' },
    },
  ],
};
