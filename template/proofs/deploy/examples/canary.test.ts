import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, outputOf, parseManifests, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { describeWithPrometheus } from '../observability/prometheus.ts';
import { readRules } from '../observability/sources.ts';
import { manifestsOf, one, textOf } from './manifests.ts';
import { testQueries } from './promql-tests.ts';

interface Measurement {
  readonly query: string;
  readonly limit: number;
}

const rollouts = manifestsOf('canary/argo-rollouts');
const flagger = manifestsOf('canary/flagger');
const { spec: canary } = one(flagger, 'Canary');

/** The measurements of Argo Rollouts, for the canary whose pods have the hash `new`. */
const ARGO: Measurement[] = one(rollouts, 'AnalysisTemplate').spec.metrics.map(
  ({ successCondition, provider }: { successCondition: string; provider: { prometheus: { query: string } } }) => ({
    query: provider.prometheus.query.replaceAll('{{args.pod-hash}}', 'new'),
    limit: Number(/<= ([\d.]+)$/.exec(successCondition)?.[1]),
  }),
);

const FLAGGER: Measurement[] = canary.analysis.metrics.map(
  (metric: { templateRef: { name: string }; thresholdRange: { max: number }; interval: string }) => ({
    query: (one(flagger, 'MetricTemplate', metric.templateRef.name).spec.query as string)
      .replaceAll('{{ namespace }}', 'skiff')
      .replaceAll('{{ target }}', 'skiff')
      .replaceAll('{{ interval }}', metric.interval),
    limit: metric.thresholdRange.max,
  }),
);

/** Returns the ratio above which an alert fires: `x > 14.4 * 0.001`. */
function ratioOf(alert: string): number {
  const { expr = '' } = readRules().find((rule) => rule.alert === alert) ?? {};
  const [, factor, budget] = /> ([\d.]+) \* ([\d.]+)/.exec(expr) ?? [];
  return Number(factor) * Number(budget);
}

test.each([
  ['Argo Rollouts', ARGO],
  ['Flagger', FLAGGER],
])('the limits of %s are those of the alerts that fire fast', (_, measurements) => {
  const expected = ['ErrorBudgetBurnsFast', 'LatencyBudgetBurnsFast'].map(ratioOf);
  for (const [index, { limit }] of measurements.entries()) expect(limit).toBeCloseTo(expected[index] ?? 0, 6);
  expect(measurements).toHaveLength(2);
});

test('a result that is neither good nor bad, such as NaN, does not pass the analysis of Argo Rollouts', () => {
  for (const { successCondition, failureCondition, inconclusiveLimit } of one(rollouts, 'AnalysisTemplate').spec
    .metrics) {
    expect(failureCondition).toBe(successCondition.replace('<=', '>'));
    expect(inconclusiveLimit).toBeLessThan(10);
  }
});

test.each(['argo-rollouts', 'flagger'])('kubectl kustomize builds deploy/canary/%s', async (folder) => {
  const manifests = parseManifests(await outputOf('kubectl', ['kustomize', `${ROOT}/deploy/canary/${folder}`]));
  expect(manifests).toHaveLength(manifestsOf(`canary/${folder}`).length);
  for (const { metadata } of manifests) expect(metadata.namespace).toBe('skiff');
});

test('the Rollout runs the Deployment of the chart, and the Services select its pods', async () => {
  const manifests = await render(parse(textOf('deploy/canary/argo-rollouts/values.yaml')));
  const deployment = theOne(manifests, 'Deployment');
  const { spec } = one(rollouts, 'Rollout');
  expect(spec.workloadRef).toMatchObject({ kind: 'Deployment', name: deployment.metadata.name });
  expect(manifests.map(({ kind }) => kind)).not.toContain('HorizontalPodAutoscaler');
  expect(spec.minReadySeconds).toBe(at(deployment, 'spec.minReadySeconds'));
  const { stableService, canaryService } = spec.strategy.canary;
  for (const name of [stableService, canaryService]) {
    const service = one(rollouts, 'Service', name);
    expect(at(deployment, 'spec.template.metadata.labels')).toMatchObject(service.spec.selector);
    expect(service.spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort)).toEqual(['http']);
  }
  const [{ backendRefs }] = one(rollouts, 'HTTPRoute').spec.rules;
  expect(backendRefs.map(({ name }: { name: string }) => name)).toEqual([stableService, canaryService]);
});

test('Flagger copies the Deployment and the autoscaler of the chart, and leaves its Service alone', async () => {
  const manifests = await render();
  for (const reference of [canary.targetRef, canary.autoscalerRef])
    expect(theOne(manifests, reference.kind)).toMatchObject({
      apiVersion: reference.apiVersion,
      metadata: { name: reference.name },
    });
  expect(canary.service.name).not.toBe(theOne(manifests, 'Service').metadata.name);
  const { policyTypes, ingress, egress } = one(flagger, 'NetworkPolicy').spec;
  expect({ policyTypes, ingress, egress }).toMatchObject(
    Object.fromEntries(
      ['policyTypes', 'ingress', 'egress'].map((key) => [key, at(theOne(manifests, 'NetworkPolicy'), `spec.${key}`)]),
    ),
  );
});

describeWithPrometheus('promtool', () => {
  /** The names of the canary's pods and of those that serve the rest, as each operator makes them. */
  const PODS = {
    argo: ['skiff-new-x1y2z', 'skiff-old-x1y2z'],
    flagger: ['skiff-5d9c-x1y2z', 'skiff-primary-7f8b-x1y2z'],
  };

  /** 100 requests per minute to each pod, of which these fail or are slow on the canary. The other pod is bad throughout. */
  const seriesOf = ([own, other]: readonly string[], failed: number, slow: number) => {
    const labels = (pod = '', more = '') => `job="skiff",namespace="skiff",pod="${pod}",handler="/v1/flags",${more}`;
    const perPod = (pod: string | undefined, bad: number, late: number) => ({
      [`http_requests_total{${labels(pod, 'code="200"')}}`]: `0+${100 - bad}x40`,
      [`http_requests_total{${labels(pod, 'code="500"')}}`]: `0+${bad}x40`,
      [`http_requests_total{job="skiff",namespace="skiff",pod="${pod}",handler="/readyz",code="503"}`]: '0+50x40',
      [`http_request_duration_seconds_bucket{${labels(pod, 'code="200",le="0.25"')}}`]: `0+${100 - late}x40`,
      [`http_request_duration_seconds_count{${labels(pod, 'code="200"')}}`]: '0+100x40',
    });
    return { ...perPod(own, failed, slow), ...perPod(other, 50, 50) };
  };
  const results = (value: number) => [{ labels: '{}', value }];

  test.each([
    ['Argo Rollouts', ARGO, PODS.argo],
    ['Flagger', FLAGGER, PODS.flagger],
  ])('%s measures the failed and the slow requests of the canary only', async (_, measurements, pods) => {
    const [failed, slow] = measurements.map(({ query }) => query) as [string, string];
    await testQueries(seriesOf(pods, 2, 25), [
      { query: failed, results: results(0.02) },
      { query: slow, results: results(0.25) },
    ]);
    await testQueries(seriesOf(pods, 0, 0), [
      { query: failed, results: results(0) },
      { query: slow, results: results(0) },
    ]);
  });

  test.each([
    ['Argo Rollouts', ARGO],
    ['Flagger', FLAGGER],
  ])('the result of %s is NaN without requests to the canary', async (_, measurements) => {
    const absent = seriesOf(['another', 'other'], 0, 0);
    await testQueries(
      absent,
      measurements.map(({ query }) => ({ query: `(${query}) == (${query})`, results: [] })),
    );
    await testQueries(
      absent,
      measurements.map(({ query }) => ({ query: `count(${query})`, results: results(1) })),
    );
  });
});
