import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { conditionOf, hasCounts, times } from '../../support/kubernetes/job-trackers.ts';
import { createWorkspace, isTrackerWrite, startServer, succeeded, type Workspace } from './environment.ts';

const server = await startServer();

async function finalEvents({ namespace }: Workspace, tracker: string): Promise<readonly { note: string }[]> {
  const { items } = await server.api('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return items.filter(
    ({ reason, regarding }: { reason: string; regarding: { name: string } }) =>
      reason === 'Deleted' && regarding.name === tracker,
  );
}

async function untilDeleted({ path }: Workspace, name: string): Promise<void> {
  const limit = performance.now() + 30_000;
  while ((await server.request('GET', path(name))).status !== 404) {
    if (performance.now() > limit) throw new Error(`${name} still exists`);
    await delay(50);
  }
}

test('deleting a tracker runs its finalizer, which records an Event', async () => {
  const workspace = await createWorkspace(server);
  await workspace.start('controller');
  await workspace.createTracker('t', 1);
  await workspace.createJob('job', { tracker: 't', outcome: 'succeeded' });
  await workspace.until((tracker) => hasCounts(tracker, { succeeded: 1 }), 'Job counted');
  expect((await workspace.tracker('t')).metadata.finalizers).toHaveLength(1);
  await server.api('DELETE', workspace.path('t'));
  await untilDeleted(workspace, 't');
  await expect
    .poll(() => finalEvents(workspace, 't'))
    .toEqual([expect.objectContaining({ note: expect.stringMatching(/1 .*succeeded/) })]);
});

test('a tracker that is deleted while no controller runs is kept until one has run its finalizer', async () => {
  const workspace = await createWorkspace(server);
  const first = await workspace.start('first');
  await workspace.createTracker('t', 1);
  await workspace.until((tracker) => hasCounts(tracker, {}), 'status written');
  first.kill('SIGTERM');
  await first.exit;
  await server.api('DELETE', workspace.path('t'));
  expect((await workspace.tracker('t')).metadata.deletionTimestamp).toBeDefined();
  await workspace.createJob('job', { tracker: 't', outcome: 'failed' });
  await workspace.start('second');
  await untilDeleted(workspace, 't');
  await expect
    .poll(() => finalEvents(workspace, 't'))
    .toEqual([expect.objectContaining({ note: expect.stringMatching(/1 .*failed/) })]);
});

test('a tracker whose status cannot be written backs off and delays no other', async () => {
  const workspace = await createWorkspace(server);
  await workspace.createTracker('poison', 1);
  await rejectStatusOf('poison', workspace);
  const controller = await workspace.start('controller');
  await controller.line(({ msg }) => msg === 'reconcile failed', 'line "reconcile failed"');
  const startedAt = performance.now();
  await times(50, (index) => workspace.createTracker(`t${index}`, 1));
  const isCounted = (tracker: Parameters<typeof hasCounts>[0]) =>
    tracker.metadata.name === 'poison' || hasCounts(tracker, {});
  await workspace.until(isCounted, 'the others counted');
  expect(performance.now() - startedAt).toBeLessThan(20_000);

  await delay(5_000);
  const attempts = server.audit
    .writes()
    .filter((event) => isTrackerWrite(event) && event.objectRef?.name === 'poison' && !succeeded(event))
    .map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));
  const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
  expect(attempts.length).toBeGreaterThan(3);
  expect(attempts.length, `attempts, with gaps of ${gaps} ms`).toBeLessThan(25);
  expect(gaps.at(-1)).toBeGreaterThan(5 * Math.max(1, gaps[0] ?? 0));
});

/** Makes the API server reject the status of an existing tracker. */
async function rejectStatusOf(name: string, { namespace, path }: Workspace): Promise<void> {
  const base = '/apis/admissionregistration.k8s.io/v1';
  const rule = { apiGroups: ['batch.example.com'], apiVersions: ['*'], resources: ['jobtrackers/status'] };
  const metadata = { name: `reject-${name}-${namespace}` };
  await server.api('POST', `${base}/validatingadmissionpolicies`, {
    metadata,
    spec: {
      matchConstraints: { resourceRules: [{ ...rule, operations: ['UPDATE'] }] },
      validations: [{ expression: `object.metadata.name != '${name}'`, message: 'rejected for the test' }],
    },
  });
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  await server.api('POST', `${base}/validatingadmissionpolicybindings`, {
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'], matchResources },
  });
  // Policies apply a moment after they have been created.
  const status = { observedGeneration: 0, active: 0, succeeded: 0, failed: 0, nodes: [], conditions: [] };
  const attempt = () => server.request('PATCH', `${path(name)}/status?dryRun=All`, { status });
  await expect.poll(async () => String((await attempt()).body.message)).toContain('rejected for the test');
}

test('the API server rejects an invalid tracker with a message that names what is expected', async () => {
  const { path } = await createWorkspace(server);
  const create = (spec: object) =>
    server.request('POST', path(), {
      apiVersion: 'batch.example.com/v1',
      kind: 'JobTracker',
      metadata: { name: 'invalid' },
      spec,
    });
  const emptySelector = await create({ selector: {}, size: 1 });
  expect(emptySelector.status).toBe(422);
  expect(emptySelector.body.message).toMatch(/spec\.selector.*(must|select)/i);
  const noSize = await create({ selector: { matchLabels: { app: 'a' } }, size: 0 });
  expect(noSize.status).toBe(422);
  expect(noSize.body.message).toContain('spec.size');
  const defaulted = await create({ selector: { matchLabels: { app: 'a' } } });
  expect(defaulted.body.spec.size).toBe(1);
  expect(conditionOf(defaulted.body, 'Ready')).toBeUndefined();
});
