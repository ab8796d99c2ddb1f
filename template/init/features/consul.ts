import { cut, cutBlock, cutEntry, cutLines, cutMatch, editJson } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { cutPanels } from '../panels.ts';
import { FLAGS_NOTE, FLAGS_STORE_IN_COMPOSE, FLAGS_STORE_RULES, FLAGS_STORE_VALUE } from './shared.ts';

export const consul: Feature = {
  name: 'consul',
  about: 'registration, settings, discovery and leadership by Consul, with /v1/peers',
  files: [
    'pkg/consul',
    'internal/consul',
    'internal/flags/stores/consul',
    'internal/peers',
    'test/e2e/registration.test.ts',
    'test/support/consul',
    'test/support/on-path.ts',
    'deploy/compose/consul.yaml',
    'deploy/observability/consul.test.yaml',
    'charts/skiff/templates/_consul.tpl',
    'docs/consul.md',
    'docs/decisions/0009-consul-behind-our-own-interfaces.md',
    'docs/decisions/0010-leadership-is-fenced.md',
    'docs/decisions/0011-registration-watches-the-agent.md',
  ],
  packages: ['consul'],
  edits: [
    ['internal/app/integrations.ts', cutEntry('consul')],
    ['internal/app/domains.ts', cutEntry('createPeers')],
    ['internal/flags/flags.ts', cutEntry('consul: createConsulStorage')],
    ['internal/flags/schema.ts', cutEntry("'consul'")],
    ['internal/config/schema.ts', cutEntry('consul: consulSchema')],
    ['internal/config/rules.ts', cutEntry('...consulRules'), FLAGS_STORE_RULES],
    ['config/default.yaml', cutLines(/admin=peers:read/)],
    ['docs/decisions/0001-runtime-dependencies.md', cutLines(/^\| consul /)],
    [
      'deploy/compose/compose.yaml',
      cutLines(/SKIFF_CONSUL_/),
      FLAGS_STORE_IN_COMPOSE,
      cut('    depends_on:\n      consul:\n        condition: service_healthy\n'),
      cutMatch(/\n {2}consul:\n[\s\S]*$/),
    ],
    ['charts/skiff/templates/_integrations.tpl', cutLines(/^consul$/)],
    ['charts/skiff/templates/NOTES.txt', FLAGS_NOTE],
    [
      'charts/skiff/values-production.yaml',
      cutBlock(/^consul:$/),
      FLAGS_STORE_VALUE,
      cutBlock(/^secrets:$/),
      cutBlock(/^networkPolicy:$/),
    ],
    ['charts/skiff/values.schema.json', cut('CONSUL_(ENABLED|ADDRESS)|')],
    ['deploy/observability/alerts.yaml', cutBlock(/^- name: consul$/)],
    ['deploy/observability/dashboard.json', editJson(cutPanels(/\bconsul_\w+/))],
    ['.gitlab-ci.yml', cutBlock(/^consul:$/), cutLines(/\.cache\/bin\/consul|job: consul/)],
    ['.devcontainer/Dockerfile', cutMatch(/^FROM hashicorp\/consul\S* AS consul\n\n/), cutLines(/^COPY --from=consul/)],
    ['.devcontainer/devcontainer.json', cutLines(/"CONSUL_BIN"/)],
  ],
};
