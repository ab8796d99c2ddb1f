import { cut, cutLines, cutParagraph, cutSection, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** What makes this a template: the tool itself, the template's own check, and what they are spoken of in. */
export const template: Feature = {
  name: 'template',
  about: 'what makes this a template',
  files: ['.ci', 'template', 'scripts/init', 'test/init', 'docs/decisions/0030-removal-without-markers.md'],
  packages: ['@clack/prompts'],
  edits: [
    [
      'package.json',
      cut('    "init": "node scripts/init/main.ts",\n'),
      cut('    "test:init": "vitest run --config test/init/vitest.config.ts",\n'),
    ],
    ['vitest.config.ts', cut('init,')],
    ['docs/decisions/README.md', cutLines(/^\| \[0030\]/)],
    ['biome.json', cut('".ci/**", ')],
    ['docs/reliability.md', cut('; `SOAK_SECONDS=60` is what `.ci/run` takes')],
    [
      'README.md',
      replace(
        'A starter for HTTP services in TypeScript that run under Kubernetes',
        'An HTTP service in TypeScript that runs under Kubernetes',
      ),
      cutSection('## Make it yours'),
      cutParagraph('`.ci/run` is all of it'),
    ],
  ],
};
