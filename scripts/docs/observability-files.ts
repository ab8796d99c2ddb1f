import { globSync } from 'node:fs';
import { fileUrl, type GeneratedFile, readText } from './generated-file.ts';

const FOLDER = 'deploy/observability';
/** What every service has comes first; the files of optional systems follow by name. */
const FIRST = 'service';

interface Panel {
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** Returns the alerts and the dashboard for the chart, because Helm reads no files outside it, and as objects for kustomize. */
export function chartFiles(): GeneratedFile[] {
  const alerts = joinAlerts();
  const dashboard = joinDashboard();
  return [
    { path: 'charts/skiff/files/alerts.yaml', text: alerts },
    { path: 'charts/skiff/files/dashboard.json', text: dashboard },
    { path: `${FOLDER}/generated/alerts.yaml`, text: toRule(alerts) },
    { path: `${FOLDER}/generated/dashboard.yaml`, text: toConfigMap(dashboard) },
  ];
}

function toRule(alerts: string): string {
  const groups = alerts.slice(alerts.indexOf('groups:\n'));
  return `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: skiff
  labels: { release: kube-prometheus-stack }
spec:
${groups.replaceAll(/^(?=.)/gm, '  ')}`;
}

function toConfigMap(dashboard: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: skiff-dashboard
  labels: { grafana_dashboard: "1" }
data:
  skiff.json: |
    ${JSON.stringify(JSON.parse(dashboard))}
`;
}

/** Joins the rule files of `alerts/` into one. */
function joinAlerts(): string {
  const [first = '', ...more] = textsIn('alerts');
  return [first, ...more.map((text) => text.slice(text.indexOf('groups:\n') + 'groups:\n'.length))].join('');
}

/** Joins the panels of `dashboard/` into one dashboard, each file below the one before. */
function joinDashboard(): string {
  const [first = '', ...more] = textsIn('dashboard');
  const dashboard: { panels: Panel[] } = JSON.parse(first);
  const panels = [...dashboard.panels];
  for (const text of more) panels.push(...moveDown(JSON.parse(text), heightOf(panels)));
  const numbered = panels.map((panel, index) => ({ id: index + 1, ...panel }));
  return `${JSON.stringify({ ...dashboard, panels: numbered }, null, 2)}\n`;
}

function textsIn(folder: string): string[] {
  const names = globSync(`${folder}/*`, { cwd: fileUrl(FOLDER) });
  const order = (name: string) => (name.startsWith(`${folder}/${FIRST}.`) ? '' : name);
  return names.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).map((name) => readText(`${FOLDER}/${name}`));
}

function heightOf(panels: readonly Panel[]): number {
  return Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
}

function moveDown(panels: readonly Panel[], rows: number): Panel[] {
  return panels.map((panel) => ({ ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + rows } }));
}
