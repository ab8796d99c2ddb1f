import { cutLines, cutMatch, cutSection, editJson } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { cutPanels } from '../panels.ts';
import { FLAGS_NOTE, FLAGS_STORE_IN_COMPOSE, FLAGS_STORE_VALUE } from './shared.ts';

export const example: Feature = {
  name: 'example',
  about: 'the example domain: feature flags at /v1/flags',
  files: ['internal/flags', 'test/e2e/flags.test.ts', 'test/support/flags-store-suite.ts', 'test/support/issuer.ts'],
  packages: ['@types/oidc-provider', 'oidc-provider'],
  edits: [
    ['config/default.yaml', cutLines(/^ +- flags-/)],
    ['charts/skiff/templates/NOTES.txt', FLAGS_NOTE],
    ['charts/skiff/values-production.yaml', FLAGS_STORE_VALUE],
    ['deploy/compose/compose.yaml', FLAGS_STORE_IN_COMPOSE],
    ['deploy/observability/dashboard.json', editJson(cutPanels(/\bflags_writes_total\b/))],
    ['docs/operations.md', cutLines(/^\| `flags are kept in memory/)],
    ['docs/consul.md', cutMatch(/- `SKIFF_FLAGS_STORE=consul`[\s\S]*?(?=- `SKIFF_CONSUL_TOKEN)/)],
    [
      'README.md',
      cutSection('### The example: feature flags'),
      cutLines(/^\| +(?:public, 8080)? +\| `GET (?:PUT DELETE )?\/v1\/flags/),
    ],
  ],
};
