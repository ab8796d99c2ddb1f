import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { execScript, NODE, runScript } from '../pods.ts';
import { must, type Step, secondsSince } from '../step.ts';
import { installRelease, podsOf, settled } from './release.ts';

const RESOURCES = { cpu: '20m', memory: '64Mi', 'ephemeral-storage': '1Mi' };
const PRE_STOP_SECONDS = 2;

/** A sidecar that serves until it gets SIGTERM, and then logs it. */
const SIDECAR_PROGRAM = `
  require('node:http').createServer((request, response) => response.end('sidecar')).listen(9999, '127.0.0.1');
  process.on('SIGTERM', () => { console.log('sidecar stopped'); process.exit(0); });`;

const valuesFor = ({ image }: Cluster): Record<string, unknown> => ({
  autoscaling: { enabled: false },
  replicaCount: 2,
  commonLabels: { 'cost-center': '42' },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } },
  startupProbe: { periodSeconds: 1, failureThreshold: 60 },
  readinessProbe: { periodSeconds: 2 },
  lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
  config: { lifecycle: { drainDelay: '3s' } },
  resources: { limits: { cpu: null } },
  env: { FROM_MAP: 'yes' },
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['legacy.example.com'] }],
  initContainers: [
    {
      name: 'sidecar',
      image,
      restartPolicy: 'Always',
      command: [NODE, '-e', SIDECAR_PROGRAM],
      resources: { requests: RESOURCES, limits: { ...RESOURCES, cpu: '200m' } },
    },
  ],
  service: { type: 'NodePort' },
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ include "skiff.fullname" . }}-extra' }, data: {} },
  ],
});

export const installWithOptions: Step = {
  name: 'helm install with options becomes ready in a namespace that enforces the restricted standard',
  async run(cluster, report) {
    const startedAt = performance.now();
    await installRelease(cluster, { values: valuesFor(cluster) });
    report(`${(await settled(cluster)).size} pods ready after ${secondsSince(startedAt)} s`);
  },
};

export const optionsApply: Step = {
  name: 'the options are in effect: labels, sidecar, hosts, variables, NodePort without the admin listener',
  async run(cluster, report) {
    const { kubectl, release, selector } = cluster;
    await kubectl(['get', 'configmap', `${release}-extra`]);
    const labelled = await cluster.list(['pods', '--selector', `${selector},cost-center=42`]);
    must(labelled.length === 2, 'two pods with the common label');
    const inPod = `
      const { lookup } = await import('node:dns/promises');
      const sidecar = await (await fetch('http://127.0.0.1:9999')).text();
      console.log([process.env.FROM_MAP, (await lookup('legacy.example.com')).address, sidecar].join());`;
    const seen = await execScript(cluster, `deployment/${release}`, inPod);
    report(`in the pod: ${seen}`);
    must(seen === 'yes,192.0.2.1,sidecar', 'the variable, the host alias and the sidecar');

    const path = 'jsonpath={.spec.ports[*].name} {.spec.ports[0].nodePort}';
    const [names, port] = (await kubectl(['get', 'service', `${release}-external`, '--output', path])).split(' ');
    must(names === 'http' && port !== undefined, 'only the port for requests, without the metrics port');
    const [node] = (await cluster.list(['nodes'])).flatMap(({ status }) => status?.addresses ?? []);
    const script = `console.log((await fetch('http://${node?.address}:${port}/version')).status)`;
    const status = await runScript(cluster, 'through-node-port', script);
    report(`NodePort ${port} of ${node?.address}: ${status}`);
    must(status === '200', 'a response through the NodePort');
  },
};

export const drainWithHook: Step = {
  name: 'a pod with a preStop sleep and a native sidecar drains before the sidecar stops, and loses no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      const [pod] = (await podsOf(cluster)).keys();
      must(pod !== undefined, 'a pod');
      const lines: string[] = [];
      const follow = ['logs', pod, '--all-containers', '--prefix', '--follow', '--timestamps', '--tail=0'];
      const stop = cluster.follow(follow, (line) => lines.push(line));
      const startedAt = performance.now();
      await cluster.kubectl(['delete', 'pod', pod, '--wait']);
      report(`deleted after ${secondsSince(startedAt)} s`);
      await settled(cluster);
      stop();
      const last = (container: string) => lines.filter((line) => line.includes(`/${container}]`)).at(-1) ?? '';
      const timeOf = (line: string) => Date.parse(line.split(' ')[1] ?? '');
      report(`server: ${last('skiff')}`);
      report(`sidecar: ${last('sidecar')}`);
      must(last('sidecar').includes('sidecar stopped'), 'the sidecar to get SIGTERM');
      must(timeOf(last('sidecar')) >= timeOf(last('skiff')), 'the sidecar to stop after the server');
    });
  },
};
