import type { Feature } from '../feature.ts';
import { consul } from './consul.ts';
import { argocd, compose, kubernetes, mesh, observability, policy } from './deploy.ts';
import { devDashboard } from './dev-dashboard.ts';
import { example } from './example.ts';
import { httpclient } from './httpclient.ts';
import { generator, recipes, workspace } from './workspace.ts';

/** What `--without` can name. */
export const features: readonly Feature[] = [
  ...[example, consul, httpclient, devDashboard],
  ...[compose, argocd, mesh, kubernetes, observability, policy],
  ...[generator, recipes, workspace],
];

/** Returns the features with these names. */
export function featuresNamed(names: readonly string[]): readonly Feature[] {
  return features.filter(({ name }) => names.includes(name));
}
