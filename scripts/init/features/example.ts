import { cut, cutEntry, cutLines, cutSection } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { FLAGS_RULES_ENTRY } from './shared.ts';

export const example: Feature = {
  name: 'example',
  about: 'the example domain, feature flags at /v1/flags',
  files: [
    'internal/flags',
    'internal/app/flags.ts',
    'internal/config/flags-rules.ts',
    'internal/config/flags-rules.test.ts',
    'internal/config/flags-schema.ts',
    'test/flags',
    'test/consul/flags',
  ],
  edits: [
    ['internal/app/domains.ts', cutEntry('createFlagsDomain')],
    ['internal/config/schema.ts', cutEntry('flags: flagsSchema')],
    ['internal/config/rules.ts', FLAGS_RULES_ENTRY],
    ['config/default.yaml', cutLines(/^ +- flags-/)],
    [
      'README.md',
      cutSection('### The example: feature flags'),
      cutLines(/^\| +(?:public, 8080)? +\| `GET (?:PUT DELETE )?\/v1\/flags/),
      cutLines(/^internal\/flags\//),
      cut(`- \`SKIFF_FLAGS_STORE=consul\` with it: replicas share the flags, at most 1,000, and one of them, elected, reclaims those
  that have expired. That needs \`key_prefix "skiff/" { policy = "write" }\` and \`session_prefix "" { policy = "write" }\`.
`),
    ],
  ],
};
