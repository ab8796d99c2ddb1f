import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Fleet, fleetCanStart, startFleet } from './fleet.ts';
import { describeWithPrometheus, type Prometheus, type Series, startPrometheus } from './prometheus.ts';
import { parsePromql } from './promql.ts';
import { allExpressions, CHART_FILES, panelExpressions, readDashboard, readDataSources, readRules } from './sources.ts';

/** Metrics of cAdvisor and kube-state-metrics, which the service does not have, and their labels. */
const FOREIGN_METRICS = new Set([
  'container_cpu_cfs_periods_total',
  'container_cpu_cfs_throttled_periods_total',
  'kube_pod_container_status_restarts_total',
]);
const FOREIGN_LABELS = ['namespace', 'pod', 'container'];

/** Panels that may be empty: this machine may not limit the memory of processes. */
const MAY_BE_EMPTY = new Set(['panel "Memory usage relative to its limit"']);

/** The fleet has no controller. */
const expressions = allExpressions().filter(({ expr }) => !expr.includes('job="skiff-controller"'));

const isForeign = (expr: string) => parsePromql(expr).selectors.some(({ metric }) => FOREIGN_METRICS.has(metric));

/** The service may still be about to do what a series counts. */
const SCRAPED = { timeout: 60_000, interval: 1_000 };

const describeFleet = fleetCanStart ? describeWithPrometheus : describe.skip;

describeFleet('a real Prometheus that scrapes the service after a load', () => {
  let fleet: Fleet;
  let prometheus: Prometheus;
  let loading: Promise<void>;
  let enough = false;

  beforeAll(async () => {
    fleet = await startFleet();
    prometheus = await startPrometheus({
      job: 'skiff',
      ruleFile: join(CHART_FILES, 'alerts.yaml'),
      targets: fleet.services.map(({ adminUrl }, index) => ({
        address: `127.0.0.1:${new URL(adminUrl).port}`,
        labels: { namespace: 'skiff', pod: `skiff-${index}` },
      })),
    });
    loading = (async () => {
      while (!enough) await fleet.load();
    })();
    // The event loop delay is reported after the first 15 s.
    const delays = () => prometheus.query('nodejs_eventloop_delay_seconds{quantile="1"}');
    await vi.waitFor(async () => expect(await delays()).toHaveLength(3), { timeout: 120_000, interval: 500 });
  }, 240_000);

  afterAll(async () => {
    enough = true;
    await loading;
    await prometheus.stop();
    await fleet.stop();
  });

  const seriesOf = (selector: string) => prometheus.api<Record<string, string>[]>('series', { 'match[]': selector });

  test('evaluates every rule without errors', async () => {
    const { groups } = await prometheus.api<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
    const rules = groups.flatMap(({ rules }) => rules);
    expect(rules).toHaveLength(readRules().length);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('has pending alerts for the failing collector and the rejected requests', async () => {
    const pending = async () => {
      const { alerts } = await prometheus.api<{ alerts: { labels: Record<string, string>; state: string }[] }>(
        'alerts',
      );
      return alerts.map(({ labels, state }) => `${labels.alertname} ${labels.reason ?? ''} ${state}`);
    };
    await expect.poll(pending).toContain('SpansDropped export_failed pending');
    await expect.poll(pending).toContain('RequestsShed concurrency pending');
    await expect.poll(pending).toContain('ErrorBudgetBurnsFast  pending');
    expect((await pending()).join()).not.toContain('Certificate');
  });

  test('finds series for every selector, including label values, in rules, panels and variables', async () => {
    expect(expressions.length).toBeGreaterThan(60);
    const missing = async () => {
      const found: string[] = [];
      for (const { where, expr } of expressions) {
        for (const { metric, text } of parsePromql(expr).selectors) {
          if (FOREIGN_METRICS.has(metric)) continue;
          if ((await seriesOf(text)).length === 0) found.push(`${where}: ${text}`);
        }
      }
      return found;
    };
    await expect.poll(missing, SCRAPED).toEqual([]);
  });

  test('knows every label in grouping and join clauses', async () => {
    const unknown: string[] = [];
    for (const { where, expr } of expressions) {
      const { selectors, groupingLabels } = parsePromql(expr);
      const series = await Promise.all(selectors.map(({ text }) => seriesOf(text)));
      const known = new Set([...series.flat().flatMap((each) => Object.keys(each)), ...FOREIGN_LABELS]);
      for (const label of groupingLabels) if (!known.has(label)) unknown.push(`${where}: ${label}`);
    }
    expect(unknown).toEqual([]);
  });

  test('has data for every panel, with the labels in its legend', async () => {
    const wrong = async () => {
      const found: string[] = [];
      for (const { where, expr, legend = '' } of panelExpressions(readDashboard())) {
        const result = await prometheus.query(expr);
        if (isForeign(expr) || MAY_BE_EMPTY.has(where)) continue;
        if (result.length === 0) found.push(`${where} is empty: ${expr}`);
        for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
          if (!result.every(({ metric }: Series) => label in metric)) found.push(`${where} has no label ${label}`);
        }
      }
      return found;
    };
    await expect.poll(wrong, SCRAPED).toEqual([]);
  });

  test('stores exemplars with the label that Grafana uses to link to a trace in the collector', async () => {
    const [source] = readDataSources().filter(({ type }) => type === 'prometheus');
    const [destination] = source?.jsonData.exemplarTraceIdDestinations ?? [];
    expect(readDataSources().map(({ uid }) => uid)).toContain(destination?.datasourceUid);
    const now = Date.now() / 1000;
    const found = await prometheus.api<{ exemplars: { labels: Record<string, string> }[] }[]>('query_exemplars', {
      query: 'http_request_duration_seconds_bucket{job="skiff",pod="skiff-0"}',
      start: String(now - 300),
      end: String(now + 5),
    });
    const ids = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels[destination?.name ?? '']));
    expect(ids.length).toBeGreaterThan(0);
    await expect.poll(() => fleet.receiver.spans.map(({ traceId }) => traceId)).toContain(ids[0]);
  });
});
