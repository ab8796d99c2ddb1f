import { cutLines } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { chartOptions } from './chart-options.ts';
import { consul } from './consul.ts';
import { argocd, compose, delivery, flux, kubernetes, mesh, observability, operators, policy } from './deploy.ts';
import { devDashboard } from './dev-dashboard.ts';
import { example } from './example.ts';
import { httpclient } from './httpclient.ts';
import { controller, kubernetesApi } from './kubernetes-api.ts';
import { otlp } from './otlp.ts';
import { postgres } from './postgres.ts';
import { FLAGS_NOTE } from './shared.ts';
import { client, generator, recipes, workspace } from './workspace.ts';

/** What `--without` can name. */
export const features: readonly Feature[] = [
  ...[example, consul, postgres, httpclient, devDashboard],
  ...[controller, kubernetesApi, otlp],
  ...[delivery, chartOptions, compose, argocd, flux, mesh, kubernetes, observability, operators, policy],
  ...[client, generator, recipes, workspace],
];

/** What several features need, and which is therefore removed with the last of them. */
const shared: readonly (Feature & { readonly users: readonly Feature[] })[] = [
  {
    name: 'leader election',
    about: 'the election of a replica for background work',
    users: [consul, kubernetesApi],
    files: [
      'internal/app/elections.ts',
      'internal/app/elections.test.ts',
      'internal/config/leader-election.ts',
      'docs/decisions/0081-integrations-offer-elections.md',
    ],
    edits: [['internal/app/connections.ts', cutLines(/elect/i)]],
  },
  {
    name: 'retries',
    about: 'delays between attempts, and the log of failures that persist',
    users: [consul, kubernetesApi],
    files: ['pkg/retry'],
    edits: [],
  },
  {
    name: 'stores for all replicas',
    about: 'stores that replicas share, and what starts them for tests',
    users: [consul, postgres],
    files: ['test/support/free-ports.ts', 'test/support/on-path.ts'],
    edits: [['charts/skiff/templates/NOTES.txt', FLAGS_NOTE]],
  },
  {
    name: 'HTTP requests',
    about: 'the library that sends requests',
    users: [httpclient, kubernetesApi],
    files: [],
    edits: [],
    packages: ['undici'],
  },
];

/** Returns the features with these names, and what only they need. */
export function featuresNamed(names: readonly string[]): readonly Feature[] {
  const isNamed = ({ name }: Feature) => names.includes(name);
  return [...features.filter(isNamed), ...shared.filter(({ users }) => users.every(isNamed))];
}
