import { cut, cutBlock, cutEntry, cutLines, cutMatch, editJson } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { cutPanels } from '../panels.ts';
import { FLAGS_NOTE, FLAGS_STORE_IN_COMPOSE, FLAGS_STORE_VALUE, PEERS_GRANT } from './shared.ts';

export const consul: Feature = {
  name: 'consul',
  about: 'Consul: registration, settings, discovery, leader election, /v1/peers',
  files: [
    'pkg/consul',
    'internal/consul',
    'internal/flags/stores/consul',
    'internal/peers',
    'test/e2e/registration.test.ts',
    'test/support/consul',
    'test/support/free-ports.ts',
    'test/support/long.ts',
    'test/support/on-path.ts',
    'deploy/compose/consul.yaml',
    'deploy/observability/consul.test.yaml',
    'charts/skiff/templates/_consul.tpl',
    'docs/consul.md',
    'docs/peers.md',
    'docs/decisions/0009-consul-behind-our-own-interfaces.md',
    'docs/decisions/0010-leadership-is-fenced.md',
    'docs/decisions/0011-registration-watches-the-agent.md',
  ],
  packages: ['consul'],
  edits: [
    ['internal/flags/schema.ts', cutEntry("'consul'")],
    ['config/default.yaml', PEERS_GRANT],
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
    ['.gitlab-ci.yml', cutBlock(/^consul:$/), cutLines(/CONSUL_BIN|needs: \[consul\]/)],
    ['.devcontainer/Dockerfile', cutMatch(/^FROM hashicorp\/consul\S* AS consul\n\n/), cutLines(/^COPY --from=consul/)],
    ['.devcontainer/devcontainer.json', cutLines(/"CONSUL_BIN"/)],
  ],
};
