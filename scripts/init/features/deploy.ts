import { cut, cutAll, cutBlock, cutLines, cutMatch, cutSection, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { ARGOCD_KUSTOMIZE_VERSION } from './shared.ts';

/** What else runs the service: the folders of `deploy/`. */

export const compose: Feature = {
  name: 'compose',
  about: "what runs beside it on one's own machine, by Docker Compose",
  files: ['deploy/compose'],
  edits: [
    [
      'README.md',
      replace('`docker compose -f deploy/compose/consul.yaml up` starts an agent. The service', 'The service'),
    ],
    ['scripts/doctor/findings.ts', replace('not the image, deploy/compose and test', 'not the image and test')],
  ],
};

export const kubernetes: Feature = {
  name: 'kubernetes',
  about: 'plain manifests that equal the chart, with overlays for kustomize',
  files: [
    'deploy/kubernetes',
    'deploy/argocd/kustomize.yaml',
    'test/chart/kustomize.test.ts',
    'test/chart/normalise.ts',
  ],
  edits: [
    ['scripts/version-files.ts', cutLines(/versionFile\('deploy\/kubernetes\//), ARGOCD_KUSTOMIZE_VERSION],
    [
      'charts/skiff/README.md',
      replace(', use kustomize: `deploy/kubernetes` is the same without Helm.', ', use kustomize.'),
    ],
  ],
};

export const argocd: Feature = {
  name: 'argocd',
  about: 'applications of Argo CD',
  files: ['deploy/argocd', 'test/argocd'],
  edits: [
    ['scripts/version-files.ts', ARGOCD_KUSTOMIZE_VERSION, cutLines(/versionFile\('deploy\/argocd\/application/)],
  ],
};

export const mesh: Feature = {
  name: 'mesh',
  about: 'Istio and the Gateway API: routes, retries, a canary',
  files: ['deploy/mesh', 'test/mesh'],
  edits: [['docs/operations.md', cutSection('## A canary')]],
};

export const observability: Feature = {
  name: 'observability',
  about: 'alerts with their tests, a dashboard, and what the chart makes of them',
  files: [
    'deploy/observability',
    'test/observability',
    'scripts/chart-files.ts',
    'charts/skiff/files',
    'charts/skiff/templates/prometheusrule.yaml',
    'charts/skiff/templates/dashboard.yaml',
  ],
  packages: ['@grafana/lezer-logql', '@lezer/highlight', '@lezer/lr', '@prometheus-io/lezer-promql'],
  edits: [
    ['package.json', cutAll(/ && node scripts\/chart-files\.ts(?: --check)?/g)],
    ['charts/skiff/values.yaml', cutBlock(/^prometheusRule:$/), cutBlock(/^dashboard:$/)],
    ['charts/skiff/values-production.yaml', cutBlock(/^prometheusRule:$/), cutBlock(/^dashboard:$/)],
    [
      'charts/skiff/values.schema.json',
      cutMatch(/ {4}"prometheusRule": \{[\s\S]*?\n {4}\},\n/),
      cutMatch(/ {4}"dashboard": \{[\s\S]*?\n {4}\},\n/),
    ],
    ['test/chart/value-sets.ts', cutLines(/^ +(?:prometheusRule|dashboard): \{/)],
    [
      'test/chart/package.test.ts',
      replace('has its alerts, its dashboard and its values files', 'has its values files'),
      cutLines(/'skiff\/files\//),
    ],
    ['docs/operations.md', cut('The rules are in `deploy/observability/alerts.yaml`. ')],
  ],
};
