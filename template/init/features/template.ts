import { cut, cutLines, cutParagraph, cutSection, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** What makes this a template: the tool itself, the template's own check, and what they are spoken of in. */
export const template: Feature = {
  name: 'template',
  about: 'what makes this a template',
  files: ['.ci', 'template', 'docs/decisions/0030-removal-without-markers.md', 'docs/decisions/0054-test-cluster.md'],
  packages: ['@clack/prompts', 'fast-check', 'gitlab-ci-local'],
  edits: [
    ['package.json', cutLines(/^ {4}"[^"]+": "[^"]*\btemplate\//)],
    ['docs/decisions/README.md', cutLines(/^\| \[(?:0030|0054)\]/)],
    ['.gitlab-ci.yml', cutLines(/test:template/)],
    ['.github/workflows/ci.yml', cutLines(/test:template/)],
    ['biome.json', cut(', "template/**"')],
    ['knip.json', cutLines(/"template\//), cut('template,')],
    ['tsconfig.json', cut('"template", ')],
    [
      'README.md',
      replace(
        'A starter for HTTP services in TypeScript that run under Kubernetes',
        'An HTTP service in TypeScript that runs under Kubernetes',
      ),
      cutSection('## Make it yours'),
      cutParagraph("The template's own proofs are in `template/`"),
    ],
  ],
};
