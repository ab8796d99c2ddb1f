import { cutMatch } from '../edits.ts';
import type { Feature } from '../feature.ts';

export const controller: Feature = {
  name: 'controller',
  about: 'the second program: a Kubernetes controller, with the example JobTracker',
  files: [
    'cmd/controller',
    'internal/controller',
    'internal/jobtracker',
    'test/e2e/controller.test.ts',
    'test/deploy/controller.test.ts',
    'charts/skiff/files/crds',
    'charts/skiff/templates/_controller.tpl',
    'charts/skiff/templates/controller-*.yaml',
    'deploy/kubernetes/components/controller',
    'deploy/observability/alerts/controller.yaml',
    'docs/controller.md',
    'docs/decisions/{0080-controller-keeps-running,0084-deploying-the-controller}.md',
    'docs/recipes/write-a-controller.md',
    'scripts/docs/custom-resources.ts',
    'scripts/new/controller',
  ],
  edits: [],
};

export const kubernetesApi: Feature = {
  name: 'kubernetes-api',
  about: 'the Kubernetes API: discovery by EndpointSlices, election by Leases; with it the controller',
  files: [
    ...controller.files,
    'pkg/kubernetes',
    'internal/kubernetes',
    'charts/skiff/templates/_kubernetes.tpl',
    'charts/skiff/templates/kubernetes-rbac.yaml',
    'docs/kubernetes-api.md',
  ],
  edits: [
    [
      'charts/skiff/values.yaml',
      cutMatch(/ {2}# Peers that may be the Kubernetes API server[\s\S]*?apiServer: \[\]\n/),
    ],
  ],
};
