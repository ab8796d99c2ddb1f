import { cutBlock, cutEntry, cutMatch, cutSection } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { COMPOSE_OBSERVABILITY } from './shared.ts';

/** What else runs the service: the folders of `deploy/`. */

export const compose: Feature = {
  name: 'compose',
  about: "what runs beside it on one's own machine, by Docker Compose",
  files: ['deploy/compose'],
  edits: [['README.md', cutSection('### With Compose'), COMPOSE_OBSERVABILITY]],
};

export const kubernetes: Feature = {
  name: 'kubernetes',
  about: 'plain manifests that equal the chart, with overlays for kustomize',
  files: ['deploy/kubernetes', 'deploy/argocd/kustomize.yaml'],
  edits: [],
};

export const argocd: Feature = {
  name: 'argocd',
  about: 'applications of Argo CD',
  files: ['deploy/argocd'],
  edits: [],
};

export const mesh: Feature = {
  name: 'mesh',
  about: 'Istio and the Gateway API: routes, retries, a canary',
  files: ['deploy/mesh'],
  edits: [['docs/operations.md', cutSection('## Canary releases')]],
};

export const observability: Feature = {
  name: 'observability',
  about: 'alerts with their tests, a dashboard, and what the chart makes of them',
  files: [
    'deploy/observability',
    'deploy/compose/compose.observability.yaml',
    'deploy/compose/observability',
    'scripts/docs/chart-files.ts',
    'charts/skiff/files',
    'charts/skiff/templates/prometheusrule.yaml',
    'charts/skiff/templates/dashboard.yaml',
  ],
  edits: [
    ['scripts/docs/main.ts', cutEntry('...chartFiles()')],
    ['charts/skiff/values.yaml', cutBlock(/^prometheusRule:$/), cutBlock(/^dashboard:$/)],
    ['charts/skiff/values-production.yaml', cutBlock(/^prometheusRule:$/), cutBlock(/^dashboard:$/)],
    [
      'charts/skiff/values.schema.json',
      cutMatch(/ {4}"prometheusRule": \{[\s\S]*?\n {4}\},\n/),
      cutMatch(/ {4}"dashboard": \{[\s\S]*?\n {4}\},\n/),
    ],
    ['README.md', COMPOSE_OBSERVABILITY],
  ],
};

export const policy: Feature = {
  name: 'policy',
  about: 'what a cluster may refuse: admission policies, and the same for conftest',
  files: ['deploy/policy'],
  edits: [['knip.json', cutMatch(/, "conftest"|"conftest", /)]],
};
