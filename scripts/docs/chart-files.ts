import type { GeneratedFile } from './generated-file.ts';
import { joinAlerts, joinDashboard } from './observability-files.ts';

/** Returns the alerts and the dashboard for the chart, because Helm reads no files outside it. */
export function chartFiles(): GeneratedFile[] {
  return [
    { path: 'charts/skiff/files/alerts.yaml', text: joinAlerts() },
    { path: 'charts/skiff/files/dashboard.json', text: joinDashboard() },
  ];
}
