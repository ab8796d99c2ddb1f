import type { Feature } from '../feature.ts';
import { consul } from './consul.ts';
import { argocd, compose, kubernetes, mesh, observability, policy } from './deploy.ts';
import { example } from './example.ts';

/** What `--without` can name, in the order of removal: an earlier feature may edit what a later one removes. */
export const features: readonly Feature[] = [example, compose, consul, argocd, mesh, kubernetes, observability, policy];

/** The features with these names. */
export function featuresNamed(names: readonly string[]): readonly Feature[] {
  return features.filter(({ name }) => names.includes(name));
}
