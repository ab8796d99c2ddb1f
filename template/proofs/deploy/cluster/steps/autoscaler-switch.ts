import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, KubernetesObject } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { must, type Step } from '../step.ts';
import { CHART, podsOf, upgradeRelease } from './release.ts';
import { sameKeys } from './rollout.ts';

export const FIXED = { autoscaling: { enabled: false }, replicaCount: 4 };

/** The autoscaler looks at a Deployment every 15 s. */
const FIRST_DECISION_MS = 20_000;
const DECISION_LIMIT_MS = 120_000;

export const switchOn: Step = {
  name: 'switching the autoscaler on keeps the number of pods and loses no request',
  async run(cluster, tell) {
    await underLoad(cluster, tell, async () => {
      const numbers = await replicasDuring(cluster, async () => {
        await upgradeRelease(cluster, { autoscaling: { enabled: true } });
        const watch = ['hpa', cluster.release, '--watch', '--output', 'jsonpath={.status.desiredReplicas}{"\\n"}'];
        await cluster.lineOf(['get', ...watch], (line) => Number(line) > 0, DECISION_LIMIT_MS);
        await delay(FIRST_DECISION_MS);
      });
      tell(`replicas: ${numbers.wanted.join(', ')}; ready: ${numbers.ready.join(', ')}`);
      must(Math.min(...numbers.wanted, ...numbers.ready) >= 2, 'never fewer than the two of minReplicas');
      must(numbers.wanted[0] === FIXED.replicaCount, `${FIXED.replicaCount} replicas until the autoscaler decides`);
    });
  },
};

export const switchOff: Step = {
  name: 'switching the autoscaler off drops no pod and loses no request',
  async run(cluster, tell) {
    // The autoscaler scales in to its minimum first. From then on the number is its own, and stays.
    const watch = ['deployment', cluster.release, '--watch', '--output', 'jsonpath={.spec.replicas}{"\\n"}'];
    await cluster.lineOf(['get', ...watch], (line) => Number(line) === 2, DECISION_LIMIT_MS);
    await underLoad(cluster, tell, async () => {
      const before = await wantedReplicas(cluster);
      await upgradeRelease(cluster, FIXED);
      const after = await wantedReplicas(cluster);
      tell(`${before} replicas before, ${after} after`);
      must(after >= before, 'no fewer replicas');
      must((await autoscalersOf(cluster)).length === 0, 'no autoscaler');
    });
  },
};

export const scaledByHand: Step = {
  name: 'kubectl scale survives an upgrade with the same replicaCount, and --force-conflicts sets another one',
  async run(cluster, tell) {
    await cluster.kubectl(['scale', `deployment/${cluster.release}`, '--replicas=5']);
    await upgradeRelease(cluster, { podAnnotations: { round: '3' } });
    const kept = await wantedReplicas(cluster);
    const set = ['--reuse-values', '--set', 'replicaCount=3', '--wait', '--timeout', '2m'];
    const upgrade = (...more: string[]): Promise<string> =>
      cluster.helm(['upgrade', cluster.release, CHART, ...set, ...more]);
    const outcome = await outcomeOf(upgrade());
    if (outcome !== 'succeeded') await upgrade('--force-conflicts');
    const forced = await wantedReplicas(cluster);
    tell(
      `scaled to 5, upgraded: ${kept}; another replicaCount: ${outcome.includes('conflict') ? 'conflict' : outcome}`,
    );
    tell(`with --force-conflicts: ${forced}`);
    must(kept === 5 && forced === 3, '5 replicas, then 3');
    must(outcome === 'succeeded' || outcome.includes('conflict'), `a conflict, not: ${outcome}`);
  },
};

/** Leaves a failed revision behind, which does not list the autoscaler of the one before. Uninstalling deletes it too. */
export const failedSwitchOff: Step = {
  name: 'switching the autoscaler off in an upgrade that fails leaves the pods as they are',
  async run(cluster, tell) {
    await upgradeRelease(cluster, { autoscaling: { enabled: true } });
    const before = await podsOf(cluster);
    // Another owner of a field that the chart sets makes the upgrade fail before it deletes anything.
    const patch = ['--patch', '{"spec":{"revisionHistoryLimit":4}}', '--field-manager=someone-else'];
    await cluster.kubectl(['patch', 'deployment', cluster.release, ...patch]);
    const outcome = await outcomeOf(upgradeRelease(cluster, FIXED));
    const left = await autoscalersOf(cluster);
    tell(`helm upgrade: ${outcome.includes('conflict') ? 'conflict' : outcome}; ${left.length} autoscaler left`);
    must(outcome.includes('conflict') && left.length === 1, 'a conflict that leaves the autoscaler');
    must(sameKeys(before, await podsOf(cluster)), 'the same pods');
  },
};

function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'succeeded',
    (error: Error) => error.message,
  );
}

async function wantedReplicas(cluster: Cluster): Promise<number> {
  return Number(await cluster.kubectl(['get', 'deployment', cluster.release, '--output', 'jsonpath={.spec.replicas}']));
}

function autoscalersOf(cluster: Cluster): Promise<KubernetesObject[]> {
  return cluster.list(['hpa', '--selector', `app.kubernetes.io/instance=${cluster.release}`]);
}

interface Numbers {
  readonly wanted: readonly number[];
  readonly ready: readonly number[];
}

/** Returns the successive numbers of wanted and of ready replicas while something happens. */
async function replicasDuring(cluster: Cluster, act: () => Promise<void>): Promise<Numbers> {
  const wanted: number[] = [];
  const ready: number[] = [];
  const path = 'jsonpath={.spec.replicas} {.status.readyReplicas}{"\\n"}';
  const stop = cluster.follow(['get', 'deployment', cluster.release, '--watch', '--output', path], (line) => {
    for (const [index, numbers] of [wanted, ready].entries()) {
      const number = Number(line.split(' ')[index]);
      if (numbers.at(-1) !== number) numbers.push(number);
    }
  });
  try {
    await act();
  } finally {
    stop();
  }
  return { wanted, ready };
}
