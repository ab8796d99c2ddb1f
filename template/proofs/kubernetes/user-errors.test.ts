import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { startApiServer } from '../../support/kubernetes/api-server.ts';
import { startController } from '../../support/kubernetes/controller-process.ts';
import { installCrd } from '../../support/kubernetes/installation.ts';
import { hasCounts } from '../../support/kubernetes/job-trackers.ts';
import { createWorkspace, startServer } from './environment.ts';

const server = await startServer();

const textOf = (line: Record<string, unknown>): string => JSON.stringify(line);

test('without permission it logs the verb, the resource and the rule to add, and starts once the rule exists', async () => {
  const workspace = await createWorkspace(server);
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${workspace.namespace}/roles`;
  const [role] = (await server.api('GET', roles)).items.filter(({ rules }: { rules: { resources: string[] }[] }) =>
    rules.some(({ resources }) => resources.includes('pods')),
  );
  const path = `${roles}/${role.metadata.name}`;
  const withoutPods = role.rules.map((rule: { resources: string[] }) => ({
    ...rule,
    resources: rule.resources.filter((resource) => resource !== 'pods'),
  }));
  await server.api('PATCH', path, {
    rules: withoutPods.filter((rule: { resources: string[] }) => rule.resources.length > 0),
  });
  const controller = await workspace.start('controller');
  const line = await controller.line(
    (entry) => /pods/.test(textOf(entry)) && /list/.test(textOf(entry)),
    'denied call',
  );
  expect(textOf(line)).toMatch(/apiGroups.*resources.*pods.*verbs.*list/);
  expect(await controller.readiness(503)).toContain('pods');
  await server.api('PATCH', path, { rules: role.rules });
  await controller.readiness(200);
});

test('without the CRD it logs that and is not ready, and it starts when the CRD appears', async () => {
  const bare = await startApiServer();
  onTestFinished(bare.stop);
  const workspace = await createWorkspace(bare);
  const controller = await workspace.start('controller');
  const line = await controller.line((entry) => /jobtrackers.*CRD|CRD.*jobtrackers/.test(textOf(entry)), 'missing CRD');
  expect(textOf(line)).toContain('jobtrackers.batch.example.com');
  expect(await controller.readiness(503)).toContain('jobtrackers.batch.example.com');
  await installCrd(bare);
  await controller.readiness(200);
  await workspace.createTracker('t', 1);
  await workspace.until((tracker) => hasCounts(tracker, {}), 'status written');
});

test('without a cluster it exits with 78 and lists where it looked', async () => {
  const { code, stderr } = await startController({ namespace: 'none' }).exit;
  expect(code).toBe(78);
  for (const place of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', '.kube/config']) expect(stderr).toContain(place);
});

test('the log and the configuration never contain the token', async () => {
  const workspace = await createWorkspace(server);
  const kubeconfig = await workspace.kubeconfig('controller');
  const { token } = JSON.parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
  const controller = await workspace.start('controller', { kubeconfig, env: { SKIFF_LOG_LEVEL: 'trace' } });
  await controller.readiness(200);
  const config = await (await fetch(`${await controller.adminUrl()}/config`)).text();
  expect(`${config}${controller.lines.map(textOf).join('')}`).not.toContain(token);
});
