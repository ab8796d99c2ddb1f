import { expect, test } from 'vitest';
import { stopBudgetMs } from '../../pkg/lifecycle/budget.ts';
import { at, CHART, outputOf, render, theOne } from './helm.ts';
import { effectiveConfig } from './service-config.ts';

const VALUES = { controller: { enabled: true } };
const COMPONENT = 'controller';

test('helm lint reports no problem with the controller enabled', async () => {
  const report = await outputOf('helm', ['lint', '--strict', CHART, '--set', 'controller.enabled=true']);
  expect(report).toContain('0 chart(s) failed');
});

test('the controller accepts its configuration and watches the namespace that it has permissions for', async () => {
  const ofNamespace = async (controller: object) => {
    const manifests = await render({ controller: { enabled: true, ...controller } }, { namespace: 'orders' });
    return effectiveConfig(manifests, { component: COMPONENT }).controller.namespace;
  };
  expect(await ofNamespace({})).toBe('orders');
  expect(await ofNamespace({ clusterWide: true })).toBeUndefined();
});

test('the admin listener of the controller is on the port of its container', async () => {
  const manifests = await render({ ...VALUES, config: { admin: { port: 19_091 } } });
  const { admin } = effectiveConfig(manifests, { component: COMPONENT });
  const ports = at(theOne(manifests, 'Deployment', COMPONENT), 'spec.template.spec.containers.0.ports');
  expect(ports).toEqual([{ name: 'metrics', containerPort: admin.port, protocol: 'TCP' }]);
});

test('the termination grace period of the controller is 5 s longer than the longest orderly shutdown', async () => {
  const manifests = await render({ ...VALUES, config: { lifecycle: { shutdownTimeout: '1m' } } });
  const { lifecycle } = effectiveConfig(manifests, { component: COMPONENT });
  const grace = at(theOne(manifests, 'Deployment', COMPONENT), 'spec.template.spec.terminationGracePeriodSeconds');
  expect(grace).toBe(Math.ceil((stopBudgetMs(lifecycle) + 5000) / 1000));
});
