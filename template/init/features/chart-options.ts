import { cutAll } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** In the sections of the Service and the Ingress, and at the end. The templates ignore values that do not exist. */
const VALUES =
  /^ {2}# `NodePort` or `LoadBalancer` adds[\s\S]*?\n {2}trafficDistribution: .*\n|^ {2}(?:paths|tls): .*\n|\n# Options that few installations need[\s\S]*?\nextraObjects: .*\n/gm;

export const chartOptions: Feature = {
  name: 'chart-options',
  about:
    'options of the chart that few installations need: sidecars, lifecycle hooks, other types of Service, more objects',
  files: [
    'charts/skiff/OPTIONS.md',
    'charts/skiff/templates/{_options.tpl,extra-objects.yaml,service-external.yaml}',
    'docs/decisions/0108-options-of-the-chart.md',
  ],
  edits: [['charts/skiff/values.yaml', cutAll(VALUES)]],
};
