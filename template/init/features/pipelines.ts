import type { Feature } from '../feature.ts';

const github: Feature = {
  name: 'github',
  about: 'the workflow for GitHub Actions',
  files: ['.github', 'deploy/policy/admission/image-signature-github.yaml'],
  edits: [],
};

const gitlab: Feature = {
  name: 'gitlab',
  about: 'the pipeline for GitLab CI/CD',
  files: ['.gitlab-ci.yml', 'docs/decisions/0035-pipeline.md', 'deploy/policy/admission/image-signature-gitlab.yaml'],
  edits: [],
};

/** A service keeps one of them or both. */
export const pipelines = { github, gitlab };

/** The pipelines to keep: what `--ci` can name. */
export type Ci = keyof typeof pipelines | 'both';

export const CI: readonly Ci[] = ['github', 'gitlab', 'both'];

/** Returns the pipelines to remove when only these are kept. */
export function pipelinesWithout(ci: Ci): readonly Feature[] {
  return ci === 'both' ? [] : Object.values(pipelines).filter(({ name }) => name !== ci);
}
