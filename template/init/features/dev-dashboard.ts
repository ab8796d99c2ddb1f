import { cutLines } from '../edits.ts';
import type { Feature } from '../feature.ts';

const cutDevtools = cutLines(/devtools/);

export const devDashboard: Feature = {
  name: 'dev-dashboard',
  about: 'the dashboard of `npm run dev`: requests, traces, logs, metrics, settings, routes',
  files: [
    'pkg/devtools',
    'pkg/tracing/local-tracing.ts',
    'internal/app/devtools.ts',
    'internal/app/panels.ts',
    'internal/consul/panel.ts',
    'docs/dashboard.md',
    'docs/dashboard.png',
  ],
  packages: ['uplot'],
  edits: [
    ['internal/app/app.ts', cutDevtools],
    ['internal/app/tracing.ts', cutDevtools],
  ],
};
