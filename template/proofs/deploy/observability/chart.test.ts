import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, render, theOne } from '../../../../test/deploy/helm.ts';
import { parsePromql } from './promql.ts';
import { allExpressions, readDashboard, readText } from './sources.ts';

const manifests = await render({
  controller: { enabled: true },
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  dashboard: { enabled: true },
});
const canary = await render(
  { controller: { enabled: true }, serviceMonitor: { enabled: true } },
  { release: 'skiff-canary' },
);

/** Returns the values that the selectors of the rules and the dashboard require for a label. */
function requiredValues(label: string): string[] {
  const selectors = allExpressions().flatMap(({ expr }) => parsePromql(expr).selectors);
  const matcher = new RegExp(`[{,]\\s*${label}="([^"]*)"`);
  return [...new Set(selectors.flatMap(({ text }) => matcher.exec(text)?.[1] ?? []))];
}

test('the series of every release have the job that the rules and the dashboard select', () => {
  for (const release of [manifests, canary]) {
    const jobLabel = String(at(theOne(release, 'ServiceMonitor'), 'spec.jobLabel'));
    const podMonitor = theOne(release, 'PodMonitor', 'controller');
    expect(at(podMonitor, 'spec.jobLabel')).toBe(jobLabel);
    const controller = at(theOne(release, 'Deployment', 'controller'), 'spec.template.metadata.labels');
    const jobs = [theOne(release, 'Service').metadata.labels?.[jobLabel], Reflect.get(Object(controller), jobLabel)];
    expect(jobs.toSorted()).toEqual(requiredValues('job').toSorted());
  }
});

test('the container has the name that the rules and the dashboard select', () => {
  for (const component of [undefined, 'controller']) {
    const deployment = theOne(manifests, 'Deployment', component);
    const containers = at(deployment, 'spec.template.spec.containers') as { name: string }[];
    expect(containers.map(({ name }) => name)).toEqual(requiredValues('container'));
  }
});

test('the chart contains the unchanged rules and dashboard', () => {
  expect(theOne(manifests, 'PrometheusRule').spec).toEqual(parse(readText('alerts.yaml')));
  const dashboards = manifests.filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('dashboard'),
  );
  const texts = dashboards.flatMap((each) => Object.values(at(each, 'data') as Record<string, string>));
  expect(texts.map((text) => JSON.parse(text))).toEqual([readDashboard()]);
});
