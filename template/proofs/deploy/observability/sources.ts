import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../../..');
const FOLDER = join(ROOT, 'deploy/observability');
/** The folders whose files `npm run docs` joins. */
export const CHART_FILES = join(ROOT, 'charts/skiff/files');

export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface Target {
  refId: string;
  datasource: { type: string; uid: string };
  expr: string;
  legendFormat?: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
}

export interface Dashboard {
  uid: string;
  id: null;
  panels: Panel[];
  annotations: { list: { name: string; expr: string }[] };
  templating: { list: { name: string; type: string; query: unknown; definition?: string }[] };
}

export interface DataSource {
  uid: string;
  type: string;
  jsonData: {
    exemplarTraceIdDestinations?: { name: string; datasourceUid: string }[];
    derivedFields?: { name: string; matcherRegex: string; datasourceUid: string }[];
    tracesToLogsV2?: { datasourceUid: string; query: string };
    tracesToMetrics?: {
      datasourceUid: string;
      tags: { key: string; value: string }[];
      queries: { query: string }[];
    };
  };
}

export function readText(name: 'alerts.yaml' | 'dashboard.json'): string {
  return readFileSync(join(CHART_FILES, name), 'utf8');
}

export function readRules(): Rule[] {
  const file: { groups: { rules: Rule[] }[] } = parse(readText('alerts.yaml'));
  return file.groups.flatMap(({ rules }) => rules);
}

export function readDashboard(): Dashboard {
  return JSON.parse(readText('dashboard.json'));
}

export function readDataSources(): DataSource[] {
  return parse(readFileSync(join(FOLDER, 'datasources.yaml'), 'utf8')).datasources;
}

export interface Expression {
  /** Location of the expression, for messages. */
  where: string;
  expr: string;
  legend?: string | undefined;
}

/** Replaces the variables of a dashboard expression as Grafana does if "All" is selected. */
function asSent(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(namespace|pod)\b/g, '.*');
}

export function panelExpressions(dashboard: Dashboard): Expression[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets
      .filter(({ datasource }) => datasource.type === 'prometheus')
      .map(({ expr, legendFormat }) => ({ where: `panel "${title}"`, expr: asSent(expr), legend: legendFormat })),
  );
}

/** Returns all expressions that Grafana or Prometheus evaluates. */
export function allExpressions(): Expression[] {
  const dashboard = readDashboard();
  return [
    ...readRules().map(({ alert, record, expr }) => ({ where: `rule ${alert ?? record}`, expr })),
    ...panelExpressions(dashboard),
    ...dashboard.annotations.list.map(({ name, expr }) => ({ where: `annotation "${name}"`, expr: asSent(expr) })),
    ...dashboard.templating.list.flatMap(({ name, definition }) => {
      const [, expr] = /^label_values\((.+), \w+\)$/.exec(definition ?? '') ?? [];
      return expr === undefined ? [] : [{ where: `variable ${name}`, expr: asSent(expr) }];
    }),
  ];
}
