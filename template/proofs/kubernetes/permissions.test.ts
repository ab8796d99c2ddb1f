import { expect, test } from 'vitest';
import type { AuditEvent } from '../../support/kubernetes/audit-log.ts';
import type { Rule } from '../../support/kubernetes/installation.ts';
import { hasCounts } from '../../support/kubernetes/job-trackers.ts';
import { createWorkspace, startServer } from './environment.ts';

const server = await startServer();

/** Returns the rules as `verb group/resource`, one for each call that they allow. */
function allowed(rules: readonly Rule[]): string[] {
  const calls = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
  return [...new Set(calls)].sort();
}

function made(events: readonly AuditEvent[]): string[] {
  const calls = events.flatMap(({ verb, objectRef }) => {
    if (objectRef === undefined) return [];
    const { apiGroup = '', resource, subresource } = objectRef;
    return `${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  });
  return [...new Set(calls)].sort();
}

test('the calls that the controller makes are those that the Role of the chart allows', async () => {
  const workspace = await createWorkspace(server);
  const controller = await workspace.start('controller');
  await workspace.createTracker('t', 1);
  // Two Jobs fail one after the other, so that the same Event occurs again.
  await workspace.createJob('job-0', { tracker: 't', node: 'node-1', outcome: 'succeeded' });
  await workspace.until((tracker) => hasCounts(tracker, { succeeded: 1 }), 'Job counted');
  for (const size of [2, 1, 2, 1]) {
    await server.api('PATCH', workspace.path('t'), { spec: { size } });
    await workspace.until((tracker) => hasCounts(tracker, { succeeded: 1 }), 'change observed');
  }
  await server.audit.event(
    ({ objectRef, verb }) => objectRef?.resource === 'events' && verb === 'patch',
    'repeated Event',
  );
  await server.audit.event(({ objectRef, verb }) => objectRef?.resource === 'leases' && verb === 'update', 'renewal');
  await server.api('DELETE', workspace.path('t'));
  await expect.poll(async () => (await server.request('GET', workspace.path('t'))).status).toBe(404);
  controller.kill('SIGTERM');
  await controller.exit;

  const calls = server.audit.events().filter(({ user }) => user.username.endsWith(`:${workspace.serviceAccount}`));
  expect(calls.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  expect(made(calls)).toEqual(allowed(workspace.rules));
});
