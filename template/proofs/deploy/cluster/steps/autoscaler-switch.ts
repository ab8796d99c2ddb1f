import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, type KubernetesObject, watchOf } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { must, type Step } from '../step.ts';
import { CHART, podsOf, upgradeRelease } from './release.ts';
import { sameKeys } from './rollout.ts';

export const FIXED = { autoscaling: { enabled: false, maxReplicas: 5 }, replicaCount: 4 };

/** The autoscaler evaluates a Deployment every 15 s. */
const INITIAL_DECISION_MS = 20_000;
const DECISION_LIMIT_MS = 120_000;

export const switchOn: Step = {
  name: 'enabling the autoscaler keeps the number of pods and loses no request',
  async run(cluster, report) {
    await underLoad(cluster, report, async () => {
      const numbers = await replicasDuring(cluster, async () => {
        await upgradeRelease(cluster, { autoscaling: { enabled: true } });
        const watch = watchOf('hpa', cluster.release, '{.status.desiredReplicas}');
        await cluster.lineOf(watch, (line) => Number(line) > 0, DECISION_LIMIT_MS);
        await delay(INITIAL_DECISION_MS);
      });
      report(`replicas: ${numbers.desired.join(', ')}; ready: ${numbers.ready.join(', ')}`);
      must(Math.min(...numbers.desired, ...numbers.ready) >= 2, 'never fewer than minReplicas, which is 2');
      must(numbers.desired[0] === FIXED.replicaCount, `${FIXED.replicaCount} replicas until the autoscaler decides`);
    });
  },
};

export const switchOff: Step = {
  name: 'disabling the autoscaler removes no pod and loses no request',
  async run(cluster, report) {
    // The autoscaler first scales in to its minimum. From then on it owns the number, which stays constant.
    const watch = watchOf('deployment', cluster.release, '{.spec.replicas}');
    await cluster.lineOf(watch, (line) => Number(line) === 2, DECISION_LIMIT_MS);
    await underLoad(cluster, report, async () => {
      const before = await desiredReplicas(cluster);
      await upgradeRelease(cluster, FIXED);
      const after = await desiredReplicas(cluster);
      report(`${before} replicas before, ${after} after`);
      must(after >= before, 'no fewer replicas');
      must((await autoscalersOf(cluster)).length === 0, 'no autoscaler');
    });
  },
};

export const scaledByHand: Step = {
  name: 'kubectl scale survives an upgrade with the same replicaCount, and --force-conflicts applies another one',
  async run(cluster, report) {
    await cluster.kubectl(['scale', `deployment/${cluster.release}`, '--replicas=5']);
    await upgradeRelease(cluster, { podAnnotations: { round: '3' } });
    const kept = await desiredReplicas(cluster);
    const set = ['--reuse-values', '--set', 'replicaCount=3', '--wait', '--timeout', '2m'];
    const upgrade = (...more: string[]): Promise<string> =>
      cluster.helm(['upgrade', cluster.release, CHART, ...set, ...more]);
    const outcome = await outcomeOf(upgrade());
    if (outcome !== 'succeeded') await upgrade('--force-conflicts');
    const forced = await desiredReplicas(cluster);
    report(
      `scaled to 5, upgraded: ${kept}; another replicaCount: ${outcome.includes('conflict') ? 'conflict' : outcome}`,
    );
    report(`with --force-conflicts: ${forced}`);
    must(kept === 5 && forced === 3, '5 replicas, then 3');
    must(outcome === 'succeeded' || outcome.includes('conflict'), `a conflict, not: ${outcome}`);
  },
};

/** Leaves a failed revision that does not list the previous revision's autoscaler. Uninstalling must delete it too. */
export const failedSwitchOff: Step = {
  name: 'disabling the autoscaler in an upgrade that fails leaves the pods unchanged',
  async run(cluster, report) {
    const autoscaling = { enabled: true, minReplicas: 3, maxReplicas: 3 };
    await upgradeRelease(cluster, { autoscaling });
    const before = await podsOf(cluster);
    // Another owner of a field that the chart sets makes the upgrade fail before it deletes anything.
    const patch = ['--patch', '{"spec":{"revisionHistoryLimit":4}}', '--field-manager=someone-else'];
    await cluster.kubectl(['patch', 'deployment', cluster.release, ...patch]);
    const outcome = await outcomeOf(upgradeRelease(cluster, FIXED));
    const left = await autoscalersOf(cluster);
    report(`helm upgrade: ${outcome.includes('conflict') ? 'conflict' : outcome}; ${left.length} autoscaler left`);
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

async function desiredReplicas(cluster: Cluster): Promise<number> {
  return Number(await cluster.kubectl(['get', 'deployment', cluster.release, '--output', 'jsonpath={.spec.replicas}']));
}

function autoscalersOf(cluster: Cluster): Promise<KubernetesObject[]> {
  return cluster.list(['hpa', '--selector', `app.kubernetes.io/instance=${cluster.release}`]);
}

interface Numbers {
  readonly desired: readonly number[];
  readonly ready: readonly number[];
}

/** Runs `act` and returns the successive numbers of desired and ready replicas. */
async function replicasDuring(cluster: Cluster, act: () => Promise<void>): Promise<Numbers> {
  const desired: number[] = [];
  const ready: number[] = [];
  const watch = watchOf('deployment', cluster.release, '{.spec.replicas} {.status.readyReplicas}');
  const stop = cluster.follow(watch, (line) => {
    for (const [index, numbers] of [desired, ready].entries()) {
      const number = Number(line.split(' ')[index]);
      if (numbers.at(-1) !== number) numbers.push(number);
    }
  });
  try {
    await act();
  } finally {
    stop();
  }
  return { desired, ready };
}
