import type { Feature } from '../feature.ts';

export const otlp: Feature = {
  name: 'otlp',
  about: 'metrics and logs over OTLP, alongside Prometheus and standard output',
  files: ['pkg/otlp', 'internal/otlp', 'charts/skiff/templates/_otlp.tpl', 'docs/otlp.md'],
  edits: [],
};
