import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { runScript } from '../pods.ts';
import { must, type Step } from '../step.ts';
import { UNTIL_200 } from './reach.ts';
import { addressesOf, upgradeRelease } from './release.ts';

const CONNECTIONS = 40;
const MAX_AGE_MS = 15_000;
/** The service randomizes the age by up to a fifth. */
const SPREAD_MS = MAX_AGE_MS * 1.2 + 5_000;
const WINDOW_MS = 20_000;

/** A fixed number of pods that limit the age of connections. */
export const KEPT = {
  autoscaling: { enabled: false },
  replicaCount: 2,
  config: { http: { maxConnectionAge: `${MAX_AGE_MS}ms` } },
};

export const keptConnections: Step = {
  name: 'kept connections move to new pods when the service scales out, and no request is lost',
  async run(cluster, report) {
    const act = async (): Promise<void> => {
      await upgradeRelease(cluster, { replicaCount: 5 });
      await delay(SPREAD_MS);
      const before = await servedBy(cluster);
      await delay(WINDOW_MS);
      const after = await servedBy(cluster);
      const served = [...after].map(([address, count]) => count - (before.get(address) ?? 0)).sort((a, b) => a - b);
      const mean = served.reduce((sum, count) => sum + count, 0) / served.length;
      const shares = served.map((count) => `${Math.round((count / mean) * 100)} %`);
      report(`requests of each pod: ${served.join(', ')}; ${shares.join(', ')} of the mean`);
      must(served.length === 5 && (served[0] ?? 0) > mean * 0.2, 'every pod to serve at least 20 % of the mean');
    };
    await underLoad(cluster, report, act, { concurrency: CONNECTIONS, kept: CONNECTIONS, pauseMs: 40 });
  },
};

/** Returns how many requests each pod has served. */
async function servedBy(cluster: Cluster): Promise<Map<string, number>> {
  const script = `
    ${UNTIL_200}
    const read = async (address) => {
      const text = await (await until200('http://' + address + ':9091/metrics')).text();
      const counts = text.split('\\n').filter((line) => line.startsWith('http_requests_total{') && line.includes('/version'));
      return [address, counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)];
    };
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(await addressesOf(cluster))}.map(read))));`;
  return new Map(JSON.parse(await runScript(cluster, 'served', script)));
}
