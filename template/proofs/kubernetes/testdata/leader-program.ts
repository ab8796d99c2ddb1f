import { setTimeout as delay } from 'node:timers/promises';
import { createKubernetesClient } from '../../../../pkg/kubernetes/client.ts';
import { isKubernetesError } from '../../../../pkg/kubernetes/errors.ts';
import { createFencedClient } from '../../../../pkg/kubernetes/fence.ts';
import { findConnection } from '../../../../pkg/kubernetes/find-connection.ts';
import { createLeaseElection } from '../../../../pkg/kubernetes/leader-election.ts';
import type { KubernetesObject } from '../../../../pkg/kubernetes/object.ts';
import type { Resource } from '../../../../pkg/kubernetes/resource.ts';

const configMaps: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

/** Between two writes. */
const PAUSE_MS = 5;

const [identity = ''] = process.argv.slice(2);
const client = createKubernetesClient({ connection: findConnection(process.env), userAgent: identity });
const log = (fields: object, message: string) => console.log(JSON.stringify({ message, ...fields }));
const election = createLeaseElection(
  { name: 'journal', identity, leaseDurationMs: 2_000, renewDeadlineMs: 1_200, retryPeriodMs: 100 },
  { client, logger: { info: log, warn: log, error: log } },
);

election.start(async (leadership) => {
  const fenced = createFencedClient(client, leadership);
  let count = 0;

  /** Writes until leadership ends. Checks only the signal, so that the fence alone stops a process that was paused. */
  async function write(name: string, isGuarded: boolean): Promise<void> {
    let resourceVersion: string | undefined;
    while (!leadership.signal.aborted) {
      const metadata = isGuarded ? { resourceVersion } : {};
      const patch = { metadata, data: { writer: identity, count: String(++count) } };
      try {
        ({ resourceVersion } = (await fenced.patch(configMaps, name, patch, { type: 'merge' })).metadata);
      } catch (error) {
        // Starts over with the current version, as a controller does with the next change in its cache.
        if (isKubernetesError(error, 'Conflict')) resourceVersion = undefined;
      }
      await delay(PAUSE_MS);
    }
  }
  await Promise.all([write('guarded', true), write('unguarded', false)]);
});

process.once('SIGTERM', async () => {
  await election.stop(AbortSignal.timeout(5_000));
  await client.close();
});
