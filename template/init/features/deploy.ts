import { cutAll, cutBlock, cutLines, cutMatch, cutSection, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { COMPOSE_OBSERVABILITY } from './shared.ts';

/** What else runs the service: the folders of `deploy/`. */

export const compose: Feature = {
  name: 'compose',
  about: "what runs beside it on one's own machine, by Docker Compose",
  files: ['deploy/compose', 'test/deploy/compose', 'template/ci/check-compose.sh'],
  edits: [['README.md', cutSection('### With Compose'), COMPOSE_OBSERVABILITY]],
};

export const kubernetes: Feature = {
  name: 'kubernetes',
  about: 'plain manifests that equal the chart, with overlays for kustomize',
  files: [
    'deploy/kubernetes',
    'deploy/argocd/kustomize.yaml',
    'test/deploy/chart/kustomize.test.ts',
    'test/deploy/chart/normalise.ts',
    'test/deploy/cluster/steps/kustomize.ts',
  ],
  edits: [
    ['docs/operations.md', cutLines(/^\|[^|]*kustomize/)],
    ['test/deploy/cluster/scenarios.ts', cutLines(/name: 'kustomize'/)],
  ],
};

export const argocd: Feature = {
  name: 'argocd',
  about: 'applications of Argo CD',
  files: ['deploy/argocd', 'test/deploy/argocd'],
  edits: [],
};

export const mesh: Feature = {
  name: 'mesh',
  about: 'Istio and the Gateway API: routes, retries, a canary',
  files: ['deploy/mesh', 'test/deploy/mesh'],
  edits: [['docs/operations.md', cutSection('## A canary')]],
};

export const observability: Feature = {
  name: 'observability',
  about: 'alerts with their tests, a dashboard, and what the chart makes of them',
  files: [
    'deploy/observability',
    'test/deploy/observability',
    'deploy/compose/compose.observability.yaml',
    'deploy/compose/observability',
    'test/deploy/compose/observability.test.ts',
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
    ['test/deploy/chart/value-sets.ts', cutLines(/^ +(?:prometheusRule|dashboard): \{/)],
    [
      'test/deploy/chart/package.test.ts',
      replace('has its alerts, its dashboard and its values files', 'has its values files'),
      cutLines(/'skiff\/files\//),
    ],
    ['README.md', COMPOSE_OBSERVABILITY],
  ],
};

export const policy: Feature = {
  name: 'policy',
  about: 'what a cluster may refuse: admission policies, and the same for conftest',
  files: ['deploy/policy', 'test/deploy/policy'],
  packages: ['@marcbachmann/cel-js'],
  edits: [['knip.json', cutMatch(/, "conftest"|"conftest", /)]],
};
