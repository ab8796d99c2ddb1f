import { join } from 'node:path';
import type { Cluster } from '../cluster.ts';
import { must, type Step } from '../step.ts';

const CHART = join(import.meta.dirname, '../../../charts/skiff');

/** What the tests set; all else is as the chart has it. One client sends all the load, and a test has no five minutes. */
export function chartArguments({ image }: Pick<Cluster, 'image'>): string[] {
  const [, repository = '', tag = '', digest = ''] = /^(.+?)(?::([\w.-]+))?(?:@(sha256:\w+))?$/.exec(image) ?? [];
  const values = {
    image: { repository, tag, digest },
    config: { rateLimit: { max: 0 } },
    autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 30 } } },
  };
  return Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
}

export const install: Step = {
  name: 'helm install comes up in a namespace that enforces the restricted Pod Security Standard',
  async run(cluster, tell) {
    const begun = performance.now();
    const arguments_ = [cluster.release, CHART, ...chartArguments(cluster), '--wait', '--timeout', '5m'];
    await cluster.helm(['install', ...arguments_]);
    // The autoscaler raises the first pod's company when it first looks.
    const replicas = ['deployment', cluster.release, '--output', 'jsonpath={.status.readyReplicas}{"\\n"}', '--watch'];
    const ready = await cluster.lineOf(['get', ...replicas], (line) => Number(line) >= 2, 180_000);
    tell(`${ready.trim()} pods ready after ${Math.round((performance.now() - begun) / 1000)} s`);
  },
};

export const helmTest: Step = {
  name: 'helm test passes',
  async run(cluster, tell) {
    const printed = await cluster.helm(['test', cluster.release, '--timeout', '2m']);
    const phase = /Phase:\s+(\w+)/.exec(printed)?.[1];
    tell(`phase ${phase}`);
    must(phase === 'Succeeded', 'phase Succeeded');
  },
};

export const uninstall: Step = {
  name: 'helm uninstall leaves nothing',
  async run(cluster, tell) {
    // In the foreground: a Deployment is there until its pods have drained.
    await cluster.helm(['uninstall', cluster.release, '--cascade', 'foreground', '--wait', '--timeout', '5m']);
    const kinds = 'all,configmap,secret,serviceaccount,hpa,pdb,networkpolicy,ingress';
    const left = await cluster.list([kinds, '--selector', `app.kubernetes.io/instance=${cluster.release}`]);
    const secrets = await cluster.list(['secret', '--selector', `owner=helm,name=${cluster.release}`]);
    const names = [...left, ...secrets].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    tell(names.length === 0 ? 'nothing left' : `left: ${names.join(', ')}`);
    must(names.length === 0, 'nothing left');
  },
};

/** The pods of the release that are there to stay, by name, each with its node. */
export async function podsOf(cluster: Cluster): Promise<Map<string, string>> {
  const pods = await cluster.list(['pods', '--selector', 'app.kubernetes.io/name=skiff']);
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return new Map(staying.map(({ metadata, spec }) => [metadata.name, spec.nodeName ?? '']));
}
