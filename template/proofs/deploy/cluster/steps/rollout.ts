import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { execScript } from '../pods.ts';
import { must, type Step, secondsSince } from '../step.ts';
import { CHART, podsOf, ROLLOUT_LIMIT, settled, upgradeRelease } from './release.ts';

const LOG_LEVEL = "console.log((await (await fetch('http://127.0.0.1:9091/loglevel')).json()).level)";

export const upgrade: Step = {
  name: 'a rolling upgrade and its rollback lose no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      const before = await podsOf(cluster);
      await upgradeRelease(cluster, { podAnnotations: { round: '2' } });
      const upgraded = await podsOf(cluster);
      await cluster.helm(['rollback', cluster.release, '--wait', '--timeout', ROLLOUT_LIMIT]);
      const after = await settled(cluster);
      for (const [name, pods] of Object.entries({ before, upgraded, after }))
        report(`${name}: ${[...pods.keys()].join(', ')}`);
      must(
        ![...upgraded.keys()].some((pod) => before.has(pod) || after.has(pod)),
        'every pod to be replaced by the upgrade and by the rollback',
      );
    });
  },
};

export const configChange: Step = {
  name: 'a changed setting replaces the pods through the ConfigMap and loses no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      const startedAt = performance.now();
      const before = await podsOf(cluster);
      await upgradeRelease(cluster, { config: { log: { level: 'debug' } } });
      const after = await podsOf(cluster);
      // By name: an old pod may still be stopping.
      const [pod] = after.keys();
      const level = await execScript(cluster, `pod/${pod}`, LOG_LEVEL);
      report(`${after.size} pods replaced after ${secondsSince(startedAt)} s, log level ${level}`);
      must(![...after.keys()].some((pod) => before.has(pod)), 'every pod to be replaced');
      must(level === 'debug', 'log level debug');
    });
  },
};

/** Takes up to two minutes: the kubelet refreshes mounted files about once a minute. */
export const liveConfigChange: Step = {
  name: 'an edited ConfigMap is applied without a restart and loses no request',
  async run(cluster, report) {
    const read = (): Promise<string> => cluster.kubectl(['get', 'configmap', cluster.release, '--output', 'json']);
    const { data } = JSON.parse(await read());
    const edited = data['config.yaml'].replace(/level: \w+/, 'level: warn');
    const patch = JSON.stringify({ data: { 'config.yaml': edited } });
    must(edited !== data['config.yaml'], 'a log level in the ConfigMap');
    await underLoad(cluster, report, async () => {
      const startedAt = performance.now();
      const before = await podsOf(cluster);
      // Uses Helm's field manager, so that its next upgrade owns the field.
      await cluster.kubectl(['patch', 'configmap', cluster.release, '--patch', patch, '--field-manager=helm']);
      for (const pod of before.keys()) {
        const until = `for (;;) { if ((await (await fetch('http://127.0.0.1:9091/loglevel')).json()).level === 'warn') break;
          await new Promise((resolve) => setTimeout(resolve, 500)); }`;
        await execScript(cluster, `pod/${pod}`, `setTimeout(() => process.exit(1), 150_000).unref(); ${until}`);
        report(`${pod} applied the change after ${secondsSince(startedAt)} s`);
      }
      must(sameKeys(before, await podsOf(cluster)), 'the same pods');
    });
  },
};

export const failedUpgrade: Step = {
  name: 'an upgrade to an image that does not exist rolls back and loses no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      const startedAt = performance.now();
      const before = await podsOf(cluster);
      const missing = ['--set', 'image.digest=', '--set', 'image.tag=does-not-exist', '--rollback-on-failure'];
      const upgraded = cluster.helm([
        'upgrade',
        cluster.release,
        CHART,
        '--reuse-values',
        ...missing,
        '--timeout',
        '20s',
      ]);
      const outcome = await upgraded.then(
        () => 'succeeded',
        (error: Error) => error.message,
      );
      const after = await settled(cluster);
      const image = ['deployment', cluster.release, '--output', 'jsonpath={.spec.template.spec.containers[0].image}'];
      report(`rolled back after ${secondsSince(startedAt)} s, image ${await cluster.kubectl(['get', ...image])}`);
      must(outcome.includes('rolled back'), `the upgrade to be rolled back, not: ${outcome}`);
      must(sameKeys(before, after), 'the same pods as before');
    });
  },
};

export const deletion: Step = {
  name: 'deleting the pods one after the other loses no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      for (const pod of (await podsOf(cluster)).keys()) {
        const startedAt = performance.now();
        await cluster.kubectl(['delete', 'pod', pod, '--wait']);
        report(`${pod} was deleted after ${secondsSince(startedAt)} s`);
        await settled(cluster);
      }
    });
  },
};

export function sameKeys(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return [...one.keys()].sort().join() === [...other.keys()].sort().join();
}

/** Returns how often the containers of the release have been restarted, by pod. */
export async function restartsOf(cluster: Cluster): Promise<Map<string, number>> {
  const pods = await cluster.list(['pods', '--selector', cluster.selector]);
  return new Map(
    pods.map(({ metadata, status }) => [
      metadata.name,
      (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    ]),
  );
}
