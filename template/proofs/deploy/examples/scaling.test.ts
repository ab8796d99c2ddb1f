import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, render, theOne } from '../../../../test/deploy/helm.ts';
import { createStrictSchema } from '../chart/strict-schema.ts';
import { describeWithPrometheus } from '../observability/prometheus.ts';
import { manifestsOf, one, textOf } from './manifests.ts';
import { testQueries } from './promql-tests.ts';

interface AdapterRule {
  seriesQuery: string;
  name: { as: string };
  metricsQuery: string;
}

interface Trigger {
  name: string;
  metadata: { query: string; threshold: string };
}

const rules: AdapterRule[] = parse(textOf('deploy/scaling/prometheus-adapter.yaml')).rules.custom;
const values = parse(textOf('deploy/scaling/values.yaml'));
const { spec: keda } = one(manifestsOf('scaling'), 'ScaledObject');
const triggers: Trigger[] = keda.triggers;

/** The query that prometheus-adapter sends for the pods of the service, as its documentation describes. */
function adapterQuery({ seriesQuery, metricsQuery }: AdapterRule): string {
  return metricsQuery
    .replaceAll('<<.Series>>', seriesQuery.replace(/\{.*/, ''))
    .replaceAll('<<.LabelMatchers>>', 'namespace="skiff",pod=~"skiff-a|skiff-b"')
    .replaceAll('<<.GroupBy>>', 'pod');
}

/** Two pods: 10 and 30 requests per second besides probes, event loops that are busy for 20 and 60 % of the time. */
const SERIES = {
  'http_requests_total{job="skiff",namespace="skiff",pod="skiff-a",handler="/v1/flags",code="200"}': '0+300x40',
  'http_requests_total{job="skiff",namespace="skiff",pod="skiff-b",handler="/v1/flags",code="200"}': '0+870x40',
  'http_requests_total{job="skiff",namespace="skiff",pod="skiff-b",handler="/v1/flags",code="503"}': '0+30x40',
  'http_requests_total{job="skiff",namespace="skiff",pod="skiff-b",handler="/readyz",code="200"}': '0+600x40',
  'http_requests_total{job="skiff",namespace="other",pod="skiff-c",handler="/v1/flags",code="200"}': '0+9000x40',
  'nodejs_eventloop_active_seconds_total{job="skiff",namespace="skiff",pod="skiff-a"}': '0+6x40',
  'nodejs_eventloop_idle_seconds_total{job="skiff",namespace="skiff",pod="skiff-a"}': '0+24x40',
  'nodejs_eventloop_active_seconds_total{job="skiff",namespace="skiff",pod="skiff-b"}': '0+18x40',
  'nodejs_eventloop_idle_seconds_total{job="skiff",namespace="skiff",pod="skiff-b"}': '0+12x40',
};

test('the autoscaler of the chart uses the metrics that prometheus-adapter provides', async () => {
  const autoscaler = theOne(await render(values), 'HorizontalPodAutoscaler');
  expect(createStrictSchema('1.37')(autoscaler)).toEqual([]);
  const metrics = at(autoscaler, 'spec.metrics') as { type: string; pods?: { metric: { name: string } } }[];
  expect(metrics.map(({ type, pods }) => pods?.metric.name ?? type)).toEqual([
    'Resource',
    ...rules.map(({ name }) => name.as),
  ]);
});

test('KEDA scales between the same limits, at the same speed and by the same targets', async () => {
  const { spec } = theOne(await render(values), 'HorizontalPodAutoscaler') as { spec?: unknown };
  expect([keda.minReplicaCount, keda.maxReplicaCount]).toEqual([at(spec, 'minReplicas'), at(spec, 'maxReplicas')]);
  expect(keda.advanced.horizontalPodAutoscalerConfig.behavior).toEqual(at(spec, 'behavior'));
  const targets = [1, 2].map((index) => String(at(spec, `metrics.${index}.pods.target.averageValue`)));
  const numbers = targets.map((text) => (text.endsWith('m') ? Number.parseInt(text, 10) / 1000 : Number(text)));
  expect(triggers.map(({ metadata }) => Number(metadata.threshold))).toEqual(numbers);
});

test('the vertical autoscaler only recommends', () => {
  expect(one(manifestsOf('scaling'), 'VerticalPodAutoscaler').spec.updatePolicy).toEqual({ updateMode: 'Off' });
});

test('every target of deploy/scaling is the Deployment of the chart, and its container', async () => {
  const deployment = theOne(await render(), 'Deployment');
  const { spec } = one(manifestsOf('scaling'), 'VerticalPodAutoscaler');
  expect([keda.scaleTargetRef.name, spec.targetRef.name]).toEqual(Array(2).fill(deployment.metadata.name));
  expect(spec.resourcePolicy.containerPolicies[0].containerName).toBe(
    at(deployment, 'spec.template.spec.containers.0.name'),
  );
});

describeWithPrometheus('promtool', () => {
  test('computes requests per second and the utilization of the event loop for each pod', async () => {
    const [requests = '', eventLoop = ''] = rules.map(adapterQuery);
    const results = (a: number, b: number) => [
      { labels: '{pod="skiff-a"}', value: a },
      { labels: '{pod="skiff-b"}', value: b },
    ];
    await testQueries(SERIES, [
      { query: requests, results: results(10, 30) },
      { query: eventLoop, results: results(0.2, 0.6) },
    ]);
  });

  test('computes the same for KEDA, which divides the sum by the number of pods', async () => {
    const [requests = '', eventLoop = ''] = triggers.map(({ metadata }) => metadata.query);
    await testQueries(SERIES, [
      { query: requests, results: [{ labels: '{}', value: 40 }] },
      { query: eventLoop, results: [{ labels: '{}', value: 0.8 }] },
    ]);
  });
});
