import { cutBlock, cutEntry, cutLines } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { PEERS_GRANT } from './shared.ts';

export const consul: Feature = {
  name: 'consul',
  about: 'Consul: registration, settings, discovery, leader election, /v1/peers',
  files: [
    'pkg/consul',
    'internal/consul',
    'internal/flags/stores/consul',
    'internal/peers',
    'test/e2e/registration.load.test.ts',
    'test/support/consul',
    'deploy/compose/consul.yaml',
    'deploy/compose/compose.consul.yaml',
    'charts/skiff/values-consul.yaml',
    'deploy/secrets/consul-token.yaml',
    'deploy/observability/alerts/consul.yaml',
    'deploy/observability/dashboard/consul.json',
    'charts/skiff/templates/_consul.tpl',
    'docs/consul.md',
    'docs/peers.md',
  ],
  packages: ['consul'],
  edits: [
    ['internal/flags/schema.ts', cutEntry("'consul'")],
    ['config/default.yaml', PEERS_GRANT],
    ['.gitlab-ci.yml', cutBlock(/^consul:$/), cutLines(/CONSUL_BIN|needs: \[consul\]/)],
    ['.devcontainer/Dockerfile', cutLines(/^COPY --from=hashicorp\/consul/)],
  ],
};
