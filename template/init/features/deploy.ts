import { cutMatch } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** Other ways to run the service: the folders of `deploy/`. */

export const compose: Feature = {
  name: 'compose',
  about: 'the service and its dependencies on your machine, with Docker Compose',
  files: ['deploy/compose'],
  edits: [],
};

export const kubernetes: Feature = {
  name: 'kubernetes',
  about: 'plain manifests equal to the chart, with kustomize overlays',
  files: ['deploy/kubernetes', 'deploy/{argocd,flux}/kustomize.yaml'],
  edits: [],
};

export const argocd: Feature = {
  name: 'argocd',
  about: 'Argo CD applications',
  files: ['deploy/argocd'],
  edits: [],
};

export const flux: Feature = {
  name: 'flux',
  about: 'Flux releases',
  files: ['deploy/flux'],
  edits: [],
};

export const operators: Feature = {
  name: 'operators',
  about: 'examples for operators: KEDA, the vertical autoscaler, prometheus-adapter, External Secrets',
  files: ['deploy/scaling', 'deploy/secrets'],
  edits: [],
};

export const mesh: Feature = {
  name: 'mesh',
  about: 'Istio and the Gateway API: routes, retries, a canary, also with Argo Rollouts and Flagger',
  files: ['deploy/canary', 'deploy/mesh', 'docs/canary.md'],
  edits: [],
};

export const observability: Feature = {
  name: 'observability',
  about: 'alerts, a Grafana dashboard, and their objects in the chart',
  files: [
    'deploy/observability',
    'docs/alerts.md',
    'deploy/compose/compose.observability.yaml',
    'deploy/compose/observability',
    'scripts/docs/observability-files.ts',
    'charts/skiff/files/{alerts.yaml,dashboard.json}',
    'charts/skiff/templates/prometheusrule.yaml',
    'charts/skiff/templates/dashboard.yaml',
    'charts/skiff/values-observability.yaml',
  ],
  edits: [],
};

/** The sections at the end of either pipeline. */
const cutDelivery = cutMatch(/\n *# --- publish -+\n[\s\S]*/);

export const delivery: Feature = {
  name: 'delivery',
  about: 'publishing and deploying by the pipelines, which otherwise only test',
  files: [],
  edits: [
    ['.github/workflows/ci.yml', cutDelivery],
    ['.gitlab-ci.yml', cutDelivery],
  ],
};

export const policy: Feature = {
  name: 'policy',
  about: 'admission policies, and the same rules for conftest',
  files: ['deploy/policy'],
  edits: [],
};
