import type { Feature } from '../feature.ts';
import { consul } from './consul.ts';
import { argocd, compose, kubernetes, mesh, observability, policy } from './deploy.ts';
import { example } from './example.ts';

/** What `--without` can name. They are taken out in this order: an earlier one may edit what a later one removes. */
export const features: readonly Feature[] = [example, compose, consul, argocd, mesh, kubernetes, observability, policy];

/** What several features use, and nothing else: it goes with the last of them. */
const shared: readonly { users: readonly Feature[]; what: Feature }[] = [
  {
    users: [consul, observability, policy],
    what: { name: 'programs', about: 'what looks for a program', files: ['test/support/on-path.ts'], edits: [] },
  },
  {
    users: [consul, kubernetes],
    what: { name: 'issuer', about: 'an issuer in a cluster', files: ['test/deploy/cluster/issuer.ts'], edits: [] },
  },
  {
    users: [argocd, mesh, policy],
    what: {
      name: 'schemas',
      about: 'schemas of what is not Kubernetes itself',
      files: ['test/deploy/manifests'],
      edits: [],
      packages: [
        '@kubernetes-models/argo-cd',
        '@kubernetes-models/gateway-api',
        '@kubernetes-models/istio',
        'kubernetes-models',
      ],
    },
  },
];

/** All that goes when these are taken out. */
export function whatGoesWith(names: readonly string[]): readonly Feature[] {
  const chosen = features.filter(({ name }) => names.includes(name));
  const unused = shared.filter(({ users }) => users.every((user) => chosen.includes(user)));
  return [...chosen, ...unused.map(({ what }) => what)];
}
