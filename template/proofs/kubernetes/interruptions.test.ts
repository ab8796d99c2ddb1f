import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { amount } from '../../support/amount.ts';
import { podOf } from '../../support/kubernetes/audit-log.ts';
import type { ControllerProcess } from '../../support/kubernetes/controller-process.ts';
import { type CuttableProxy, startCuttableProxy } from '../../support/kubernetes/cuttable-proxy.ts';
import { hasCounts, times } from '../../support/kubernetes/job-trackers.ts';
import { LONG } from '../../support/long.ts';
import { createWorkspace, isTrackerWrite, startServer, type Workspace } from './environment.ts';

const CUT_SECONDS = amount('CUT_SECONDS', { short: 10, long: 60 });
const OUTAGE_SECONDS = amount('OUTAGE_SECONDS', { short: 5, long: 60 });
const CONFLICT_SECONDS = amount('CONFLICT_SECONDS', { short: 5, long: 60 });
const TRACKERS = 20;

const server = await startServer();

async function startProxy(): Promise<CuttableProxy> {
  const proxy = await startCuttableProxy(server.url);
  onTestFinished(proxy.stop);
  return proxy;
}

async function createTrackers({ createTracker, until }: Workspace): Promise<void> {
  await times(TRACKERS, (index) => createTracker(`t${index}`, 1));
  await until((tracker) => hasCounts(tracker, {}), 'no Job');
}

async function expectAlive(controller: ControllerProcess): Promise<void> {
  const url = await controller.adminUrl();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await controller.readiness(200);
}

test('after the API server was killed and restarted, the status converges and the process is still the same', async () => {
  const workspace = await createWorkspace(server);
  const controller = await workspace.start('controller');
  await createTrackers(workspace);
  await times(TRACKERS, (index) => workspace.createJob(`before-${index}`, { tracker: `t${index}` }));
  await server.kill();
  await delay(OUTAGE_SECONDS * 1_000);
  const url = await controller.adminUrl();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await server.restart();
  await times(TRACKERS, (index) =>
    workspace.createJob(`after-${index}`, { tracker: `t${index}`, outcome: 'succeeded' }),
  );
  await workspace.until((tracker) => hasCounts(tracker, { active: 1, succeeded: 1 }), 'all Jobs counted', 90_000);
  await expectAlive(controller);
});

test(`with all connections cut every second for ${CUT_SECONDS} s, no change is lost`, async () => {
  const workspace = await createWorkspace(server);
  const proxy = await startProxy();
  const controller = await workspace.start('controller', { url: proxy.url });
  await createTrackers(workspace);
  let cuts = 0;
  const timer = setInterval(() => {
    cuts += proxy.cut();
  }, 1_000);
  const until = performance.now() + CUT_SECONDS * 1_000;
  let jobs = 0;
  for (; performance.now() < until; jobs += 1) {
    await workspace.createJob(`job-${jobs}`, { tracker: `t${jobs % TRACKERS}`, outcome: 'succeeded' });
    await delay(50);
  }
  clearInterval(timer);
  const countOf = (name: string) => Math.floor((jobs - 1 - Number(name.slice(1))) / TRACKERS) + 1;
  const counted = await workspace.until(
    (tracker) => hasCounts(tracker, { succeeded: countOf(tracker.metadata.name) }),
    'every Job counted',
  );
  expect(counted).toHaveLength(TRACKERS);
  expect(cuts, 'connections cut').toBeGreaterThanOrEqual(CUT_SECONDS / 2);
  process.stdout.write(`${jobs} Jobs, ${cuts} connections cut\n`);
  await expectAlive(controller);
});

/** A silent watch is given up after 150 s, so this takes minutes. */
if (LONG) {
  test('connections that go silent without being closed are noticed and replaced', async () => {
    const workspace = await createWorkspace(server);
    const proxy = await startProxy();
    const controller = await workspace.start('controller', { url: proxy.url });
    await createTrackers(workspace);
    expect(proxy.freeze(), 'frozen connections').toBeGreaterThan(0);
    const frozenAt = performance.now();
    await times(TRACKERS, (index) => workspace.createJob(`job-${index}`, { tracker: `t${index}` }));
    await workspace.until((tracker) => hasCounts(tracker, { active: 1 }), 'all Jobs counted', 240_000);
    process.stdout.write(
      `converged ${Math.round((performance.now() - frozenAt) / 1_000)} s after the connections froze\n`,
    );
    await expectAlive(controller);
  }, 400_000);
}

test('a status that another writer changes again and again is repaired, and its labels and finalizers are kept', async () => {
  const workspace = await createWorkspace(server);
  const controller = await workspace.start('controller');
  await createTrackers(workspace);
  await times(TRACKERS, (index) => workspace.createJob(`job-${index}`, { tracker: `t${index}` }));
  const until = performance.now() + CONFLICT_SECONDS * 1_000;
  let rounds = 0;
  for (; performance.now() < until; rounds += 1) {
    await times(TRACKERS, async (index) => {
      const path = workspace.path(`t${index}`);
      await server.api('PATCH', `${path}/status`, { status: { active: 99, nodes: [`wrong-${rounds}`] } });
      await server.api('PATCH', path, { metadata: { labels: { round: `${rounds}` } } });
    });
  }
  const trackers = await workspace.until((tracker) => hasCounts(tracker, { active: 1 }), 'status repaired');
  for (const { metadata, status } of trackers) {
    expect(metadata).toMatchObject({ labels: { round: `${rounds - 1}` } });
    expect(status?.nodes ?? []).toEqual([]);
  }
  expect(rounds).toBeGreaterThan(1);
  await expectAlive(controller);
});

test('a rotated token is used without a restart, and the old one can be revoked', async () => {
  const workspace = await createWorkspace(server);
  const { namespace, serviceAccount } = workspace;
  const tokenFor = (pod: string) => server.createToken({ namespace, serviceAccount, pod });
  const folder = temporaryFiles({ token: await tokenFor('old') });
  const kubeconfig = server.kubeconfig({ tokenFile: `${folder}/token`, namespace });
  const controller = await workspace.start('unused', { kubeconfig });
  await createTrackers(workspace);
  await server.audit.event((event) => isTrackerWrite(event) && podOf(event) === 'old', 'write with the old token');

  // The kubelet replaces the file in one step, too.
  writeFileSync(`${folder}/new`, await tokenFor('new'));
  renameSync(`${folder}/new`, `${folder}/token`);
  await server.api('DELETE', `/api/v1/namespaces/${namespace}/pods/old?gracePeriodSeconds=0`);
  await server.audit.event((event) => podOf(event) === 'new', 'request with the new token');
  await times(TRACKERS, (index) => workspace.createJob(`job-${index}`, { tracker: `t${index}` }));
  await server.audit.event(
    (event) => isTrackerWrite(event) && podOf(event) === 'new',
    'write with the new token',
    120_000,
  );
  await workspace.until((tracker) => hasCounts(tracker, { active: 1 }), 'all Jobs counted', 120_000);
  await expectAlive(controller);
});
