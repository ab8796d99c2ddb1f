import { cut, cutLines, cutSection } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { FLAGS_NOTE } from './shared.ts';

const cutStore = cutLines(/SKIFF_FLAGS_STORE/);

export const example: Feature = {
  name: 'example',
  about: 'the example domain: feature flags at /v1/flags',
  files: [
    'deploy/observability/dashboard/flags.json',
    'internal/flags',
    'migrations/0001-flags.sql',
    'test/e2e/client.test.ts',
    'test/e2e/flags.test.ts',
    'test/support/consul/some-agent.ts',
    'test/support/flags-store-suite.ts',
    'test/support/issuer.ts',
  ],
  packages: ['@types/oidc-provider', 'oidc-provider'],
  edits: [
    ['config/default.yaml', cutLines(/^ +- flags-/)],
    ['charts/skiff/templates/NOTES.txt', FLAGS_NOTE],
    ['charts/skiff/values-consul.yaml', cut('  flags:\n    store: consul\n')],
    ['deploy/compose/compose.consul.yaml', cutStore],
    ['charts/skiff/values-postgres.yaml', cut('  flags:\n    store: postgres\n')],
    ['deploy/compose/compose.postgres.yaml', cutStore],
    ['README.md', cutSection('## Send a request')],
    ['SECURITY.md', cutSection('### A token for the example')],
  ],
};
