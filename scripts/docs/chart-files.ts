import { type GeneratedFile, readText } from './generated-file.ts';

const FILES = ['alerts.yaml', 'dashboard.json'];

/** Returns copies of the alerts and the dashboard for the chart, because Helm reads no files outside it. */
export function chartFiles(): GeneratedFile[] {
  return FILES.map((name) => ({
    path: `charts/skiff/files/${name}`,
    text: readText(`deploy/observability/${name}`),
  }));
}
