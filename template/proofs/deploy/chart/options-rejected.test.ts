import { expect, test } from 'vitest';
import { render } from '../../../../test/deploy/helm.ts';

const SIDECAR = { image: 'registry.example.com/proxy:1', resources: { requests: { cpu: '10m' } } };

/** Unsafe or contradictory options, and the path or text that the error message must contain. */
const REJECTED: readonly [what: string, values: object, text: string][] = [
  ['another path of a probe', { livenessProbe: { httpGet: { path: '/' } } }, '/livenessProbe'],
  ['a probe without a timeout', { readinessProbe: { timeoutSeconds: 0 } }, '/readinessProbe/timeoutSeconds'],
  ['a short grace period', { terminationGracePeriodSeconds: 44 }, 'shorter than the drain, which takes up to 45 s'],
  [
    'a grace period without time for the preStop hook',
    { terminationGracePeriodSeconds: 45, lifecycle: { preStop: { sleep: { seconds: 1 } } } },
    'takes up to 46 s',
  ],
  [
    'a preStop hook of unknown length',
    { lifecycle: { preStop: { exec: { command: ['/nodejs/bin/node', '-e', ''] } } } },
    'set terminationGracePeriodSeconds to 45 plus',
  ],
  ['settings as arguments', { args: ['--set', 'http.port=81'] }, '/args/0'],
  ['settings as one argument', { args: ['--set=http.port=81'] }, '/args/0'],
  ['an unknown strategy', { strategy: { type: 'OnDelete' } }, '/strategy'],
  ['rolling options of Recreate', { strategy: { type: 'Recreate', rollingUpdate: {} } }, '/strategy'],
  [
    'a rolling update that cannot proceed',
    { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
    'both 0',
  ],
  ['a label of a selector', { commonLabels: { 'app.kubernetes.io/name': 'x' } }, '/commonLabels'],
  [
    'a label with two values',
    { commonLabels: { release: 'a' }, serviceMonitor: { labels: { release: 'b' } } },
    'set the label release differently',
  ],
  ['another kind of hook', { hookAnnotations: { 'helm.sh/hook': 'pre-install' } }, '/hookAnnotations'],
  ['another phase of Argo CD', { hookAnnotations: { 'argocd.argoproj.io/hook': 'Sync' } }, '/hookAnnotations'],
  ['an ExternalName Service', { service: { type: 'ExternalName' } }, '/service/type'],
  ['an Ingress without paths', { ingress: { paths: [] } }, '/ingress/paths'],
  ['a relative path', { ingress: { paths: [{ path: 'v1', pathType: 'Prefix' }] } }, '/ingress/paths/0/path'],
  ['a port as a variable', { env: { SKIFF_HTTP_PORT: '1' } }, 'SKIFF_HTTP_PORT'],
  [
    'a variable in both forms',
    { env: { A: '1' }, extraEnv: [{ name: 'A', value: '2' }] },
    'the variable A is set twice',
  ],
  ['a variable that is a number', { env: { A: 1 } }, '/env/A'],
  ['two containers of one name', { sidecars: [{ ...SIDECAR, name: 'skiff' }] }, 'two containers are named skiff'],
  [
    'a sidecar that restarts by itself',
    { sidecars: [{ ...SIDECAR, name: 'a', restartPolicy: 'Always' }] },
    '/sidecars/0',
  ],
  ['an image without a tag', { sidecars: [{ ...SIDECAR, name: 'a', image: 'registry:5000/a' }] }, '/sidecars/0'],
  ['the tag latest', { initContainers: [{ name: 'a', image: 'a:latest' }] }, '/initContainers/0/image'],
  [
    'a privileged container',
    { initContainers: [{ ...SIDECAR, name: 'a', securityContext: { privileged: true } }] },
    '/initContainers/0/securityContext/privileged',
  ],
  [
    'an added capability',
    { sidecars: [{ ...SIDECAR, name: 'a', securityContext: { capabilities: { add: ['NET_ADMIN'] } } }] },
    '/sidecars/0',
  ],
  ['a port of the node', { sidecars: [{ ...SIDECAR, name: 'a', ports: [{ hostPort: 1 }] }] }, '/sidecars/0'],
  [
    'a sidecar without a CPU request',
    { initContainers: [{ name: 'a', image: 'a:1', restartPolicy: 'Always' }] },
    'the sidecar a needs resources.requests.cpu',
  ],
  ['the DNS of the node’s network', { dnsPolicy: 'ClusterFirstWithHostNet' }, '/dnsPolicy'],
  ['no CPU request', { resources: { requests: { cpu: null } } }, '/resources/requests'],
];

test.each(REJECTED)('%s is rejected with a reason', async (_, values, text) => {
  await expect(render(values)).rejects.toThrow(text);
});
