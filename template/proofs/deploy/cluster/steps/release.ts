import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, watchOf } from '../cluster.ts';
import { must, type Report, type Step, secondsSince } from '../step.ts';

export const CHART = join(import.meta.dirname, '../../../../../charts/skiff');
export const ROLLOUT_LIMIT = '5m';
const UNINSTALL_LIMIT_MS = 90_000;

/** Values by top-level key, as Helm merges them. */
export type Values = Readonly<Record<string, unknown>>;

export interface ReleaseOptions {
  readonly values?: Values;
  /** Names of values files in the chart's folder. */
  readonly files?: readonly string[];
}

/** Splits an image reference into the chart's values. */
export function imageValues(image: string): { repository: string; tag: string; digest: string } {
  const [, repository = '', tag = '', digest = ''] = /^(.+?)(?::([\w.-]+))?(?:@(sha256:\w+))?$/.exec(image) ?? [];
  return { repository, tag, digest };
}

/**
 * Returns Helm's arguments. The tests override the image, the rate limit (a single client sends all the load) and the
 * autoscaler: it keeps the number of pods, which steps compare, unless a scenario raises its maximum, and it waits less
 * before it scales in. Everything else is the chart's default.
 */
export function chartArguments(
  { image }: Pick<Cluster, 'image'>,
  { values = {}, files = [] }: ReleaseOptions = {},
): string[] {
  const own: Values = {
    image: imageValues(image),
    config: { rateLimit: { max: 0 } },
    autoscaling: { maxReplicas: 2, behavior: { scaleDown: { stabilizationWindowSeconds: 30 } } },
  };
  const fromFiles = files.flatMap((file) => ['--values', join(CHART, file)]);
  return [...fromFiles, ...setArguments(own), ...setArguments(values)];
}

/** Returns one --set-json argument per leaf, because --set-json replaces whole objects. */
export function setArguments(values: Values, path: readonly string[] = []): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = [...path, key.replaceAll('.', '\\.')];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && Object.keys(value).length > 0) return setArguments(value as Values, name);
    return ['--set-json', `${name.join('.')}=${JSON.stringify(value)}`];
  });
}

/** Installs the release and waits until it is ready. */
export async function installRelease(cluster: Cluster, options: ReleaseOptions = {}): Promise<void> {
  const wait = ['--wait', '--timeout', ROLLOUT_LIMIT];
  await cluster.helm(['install', cluster.release, CHART, ...chartArguments(cluster, options), ...wait]);
}

/** Changes values of the release and waits until every pod has been replaced. */
export async function upgradeRelease(cluster: Cluster, values: Values, wait = ROLLOUT_LIMIT): Promise<void> {
  const set = ['--reuse-values', ...setArguments(values)];
  await cluster.helm(['upgrade', cluster.release, CHART, ...set, '--wait', '--timeout', wait]);
  await settled(cluster);
}

export function install(options: ReleaseOptions = {}, readyPods = 2): Step {
  return {
    name: 'helm install becomes ready in a namespace that enforces the restricted Pod Security Standard',
    async run(cluster, report) {
      const startedAt = performance.now();
      await installRelease(cluster, options);
      // An autoscaler adds pods at its first evaluation of the Deployment.
      const watch = watchOf('deployment', cluster.release, '{.status.readyReplicas}');
      const ready = await cluster.lineOf(watch, (line) => Number(line) >= readyPods, 180_000);
      report(`${ready.trim()} pods ready after ${secondsSince(startedAt)} s`);
    },
  };
}

export const helmTest: Step = {
  name: 'helm test passes',
  async run(cluster, report) {
    const printed = await cluster.helm(['test', cluster.release, '--timeout', '2m']);
    const phase = /Phase:\s+(\w+)/.exec(printed)?.[1];
    report(`phase ${phase}`);
    must(phase === 'Succeeded', 'phase Succeeded');
  },
};

export const uninstall: Step = {
  name: 'helm uninstall deletes all objects',
  async run(cluster, report) {
    await uninstallRelease(cluster, report);
  },
};

export async function uninstallRelease(cluster: Cluster, report: Report): Promise<void> {
  const startedAt = performance.now();
  // With foreground deletion the Deployment exists until its pods have drained. Helm's own --wait sometimes gives up early.
  await cluster.helm(['uninstall', cluster.release, '--cascade', 'foreground']);
  let left = await objectsOf(cluster);
  for (; left.length > 0 && performance.now() - startedAt < UNINSTALL_LIMIT_MS; left = await objectsOf(cluster)) {
    await delay(1_000);
  }
  report(left.length === 0 ? `nothing left after ${secondsSince(startedAt)} s` : `left: ${left.join(', ')}`);
  must(left.length === 0, 'nothing left');
}

async function objectsOf(cluster: Cluster): Promise<string[]> {
  const kinds = 'all,configmap,secret,serviceaccount,hpa,pdb,networkpolicy,ingress';
  const objects = await cluster.list([kinds, '--selector', `app.kubernetes.io/instance=${cluster.release}`]);
  const secrets = await cluster.list(['secret', '--selector', `owner=helm,name=${cluster.release}`]);
  return [...objects, ...secrets].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** Returns the names of the release's pods that are not being deleted, each with its node. */
export async function podsOf(cluster: Cluster): Promise<Map<string, string>> {
  const pods = await cluster.list(['pods', '--selector', cluster.selector]);
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return new Map(staying.map(({ metadata, spec }) => [metadata.name, spec.nodeName ?? '']));
}

/** Returns the addresses of the pods that {@link podsOf} returns. */
export async function addressesOf(cluster: Cluster): Promise<string[]> {
  const pods = await cluster.list(['pods', '--selector', cluster.selector]);
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.flatMap(({ status }) => status?.podIP ?? []);
}

/** Returns the pods once the rollout is complete. Pods that are being deleted do not count. */
export async function settled(cluster: Cluster): Promise<Map<string, string>> {
  await cluster.kubectl(['rollout', 'status', `deployment/${cluster.release}`, `--timeout=${ROLLOUT_LIMIT}`]);
  return podsOf(cluster);
}
