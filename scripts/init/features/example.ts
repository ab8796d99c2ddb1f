import { cut, cutEntry, cutLines, cutSection, editJson } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { cutPanels } from '../panels.ts';
import {
  FLAGS_LOG_LINE,
  FLAGS_NOTE,
  FLAGS_NOTE_TEST,
  FLAGS_RULES_ENTRY,
  FLAGS_RULES_IMPORT,
  FLAGS_STORE_IN_COMPOSE,
  FLAGS_STORE_VALUE,
} from './shared.ts';

export const example: Feature = {
  name: 'example',
  about: 'the example domain, feature flags at /v1/flags',
  files: [
    'internal/flags',
    'internal/app/flags.ts',
    'internal/config/flags-schema.ts',
    'internal/config/flags-schema.test.ts',
    'test/flags',
    'test/consul/flags',
    'test/observability/flags-load.ts',
    'test/container/flags.test.ts',
    'test/cluster/steps/shared-flags.ts',
  ],
  edits: [
    ['internal/app/domains.ts', cutEntry('createFlagsDomain')],
    ['internal/config/schema.ts', cutEntry('flags: flagsSchema')],
    ['internal/config/rules.ts', FLAGS_RULES_IMPORT, FLAGS_RULES_ENTRY],
    ['config/default.yaml', cutLines(/^ +- flags-/)],
    ['charts/skiff/templates/NOTES.txt', FLAGS_NOTE],
    ['charts/skiff/values-production.yaml', FLAGS_STORE_VALUE],
    ['deploy/compose/compose.yaml', FLAGS_STORE_IN_COMPOSE],
    ['test/chart/value-sets.ts', cutEntry("flags: { store: 'consul' }")],
    ['test/chart/values.test.ts', FLAGS_NOTE_TEST],
    ['test/observability/fleet.ts', cut('    await loadFlags(well);\n')],
    ['test/cluster/steps/production.ts', cutLines(/shareFlags/), cutEntry('flags')],
    ['deploy/observability/dashboard.json', editJson(cutPanels(/\bflags_writes_total\b/))],
    ['docs/operations.md', FLAGS_LOG_LINE, cutLines(/^\| flags shared/)],
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
