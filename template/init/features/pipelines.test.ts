import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../plan.ts';
import { readTree } from '../tree.ts';
import { CI } from './pipelines.ts';

const template = readTree(join(import.meta.dirname, '../../..'));

const MENTIONS = {
  github: /\.github\b|github-actions|GitHub Actions|githubusercontent|GITHUB_/,
  gitlab: /gitlab-ci\.yml|gitlabci|GitLab CI|gitlab\.com|CI_COMMIT/,
};

test.each(CI)('a service made with --ci %s mentions the pipelines that it has, and no other', (ci) => {
  const { tree } = plan(template, { name: 'orders', owner: 'Ada', registry: 'registry.test', without: [], ci });
  const entries = [...tree].filter(([path]) => path !== 'package-lock.json');
  const mentioned = Object.entries(MENTIONS).flatMap(([forge, mention]) =>
    entries.some(([path, { text = '' }]) => mention.test(path) || mention.test(text)) ? [forge] : [],
  );
  expect(mentioned).toEqual(ci === 'both' ? ['github', 'gitlab'] : [ci]);
});
