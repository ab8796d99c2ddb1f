import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createControllerMetrics } from '../../../../pkg/kubernetes/controller-metrics.ts';
import { createElectionMetrics } from '../../../../pkg/kubernetes/election-metrics.ts';
import { createQueueMetrics } from '../../../../pkg/kubernetes/work-queue-metrics.ts';
import { createMetrics } from '../../../../pkg/metrics/metrics.ts';
import { ROOT } from '../../../../test/deploy/helm.ts';
import { parsePromql } from './promql.ts';
import type { Rule } from './sources.ts';

/** Labels that Prometheus adds. */
const TARGET_LABELS = ['job', 'namespace', 'pod', 'instance'];

test('the alerts about the controller use metrics and labels that it exports', async () => {
  const metrics = createMetrics();
  createQueueMetrics(metrics).series('jobtracker', { depth: () => 1, processingSince: () => [] });
  createControllerMetrics(metrics).series('jobtracker', 1);
  createElectionMetrics(metrics).observe('skiff-controller', () => true);
  const { body } = await metrics.expose();
  const labelsOf = new Map([['up', '']]);
  for (const [, name = '', labels = ''] of body.matchAll(/^(\w+)\{(.*)\} /gm)) labelsOf.set(name, labels);

  const file = readFileSync(join(ROOT, 'deploy/observability/alerts/controller.yaml'), 'utf8');
  const { groups }: { groups: { rules: Rule[] }[] } = parse(file);
  const rules = groups.flatMap((group) => group.rules);
  expect(rules).toHaveLength(3);
  for (const { expr, alert } of rules) {
    const { selectors, groupingLabels } = parsePromql(expr);
    const known = selectors.map(({ metric }) => labelsOf.get(metric));
    expect(known, alert).not.toContain(undefined);
    for (const label of groupingLabels) {
      if (!TARGET_LABELS.includes(label)) for (const labels of known) expect(labels, alert).toContain(`${label}="`);
    }
  }
});
