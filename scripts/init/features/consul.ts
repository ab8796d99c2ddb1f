import { cut, cutAll, cutEntry, cutLines, cutMatch, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { consulDeployment } from './consul-deployment.ts';
import { consulDocumentation } from './consul-documentation.ts';
import { FLAGS_RULES_ENTRY, FLAGS_RULES_IMPORT } from './shared.ts';

export const consul: Feature = {
  name: 'consul',
  about: 'registration, settings, discovery and leadership by Consul, with /v1/peers',
  files: [
    'pkg/consul',
    'pkg/config/kv-layer.ts',
    'pkg/config/kv-layer.test.ts',
    'internal/app/consul.ts',
    'internal/app/consul-client.ts',
    'internal/app/consul-registration.ts',
    'internal/app/consul-settings.ts',
    'internal/app/peers.ts',
    'internal/config/consul-schema.ts',
    'internal/config/consul-schema.test.ts',
    'internal/config/flags-schema.test.ts',
    'internal/config/kv-settings.ts',
    'internal/flags/consul-flags.ts',
    'internal/flags/consul-store.ts',
    'internal/flags/consul-store.test.ts',
    'internal/flags/consul-value.ts',
    'internal/peers',
    'test/consul',
    'test/cluster/consul.ts',
    'test/cluster/steps/kinds.ts',
    'test/cluster/steps/production.ts',
    'test/cluster/steps/send.ts',
    'test/cluster/steps/shared-flags.ts',
    'deploy/compose/consul.yaml',
    'charts/skiff/templates/_consul.tpl',
    'test/observability/consul-load.ts',
    'docs/decisions/0009-consul-behind-our-own-interfaces.md',
    'docs/decisions/0010-leadership-is-fenced.md',
    'docs/decisions/0011-registration-watches-the-agent.md',
  ],
  packages: ['consul'],
  edits: [
    [
      'internal/app/app.ts',
      replace('await addConsulSettings(readStartConfig(input))', 'readStartConfig(input)'),
      cut('  const consul = createConsul(start, { live, metrics, logging });\n'),
      cut('resolver: consul?.resolver, '),
      replace('logging, client, consul }', 'logging, client }'),
      cut('    ...(consul?.parts ?? []),\n'),
      cut('    ...(consul ? [consul.registration({ podIp: env.POD_IP, health, http, admin })] : []),\n'),
    ],
    ['internal/app/domain.ts', cut('  /** Undefined when it is not enabled. */\n  consul: Consul | undefined;\n')],
    ['internal/app/domains.ts', cutEntry('createPeersDomain')],
    [
      'internal/app/flags.ts',
      replace('logging, consul }', 'logging }'),
      cut(`  const shared =
    config.flags.store === 'consul' && consul
      ? createSharedFlags({ serviceName: config.service.name }, { consul: consul.client, logger })
      : undefined;
`),
      cut(', ...shared'),
    ],
    ['pkg/httpclient/targets.ts', replace('export function originOf', 'function originOf')],
    [
      'internal/flags/store.ts',
      cut('  /** Goes into each change: it takes effect only while this holds. */\n  readonly fence?: KvOperation;\n'),
    ],
    ['internal/flags/errors.ts', cutAll(/\/\*\* The store is away\.[\s\S]*?\n}\n\n/g)],
    [
      'internal/config/flags-schema.ts',
      cutAll(/ {2}store: \{[\s\S]*?\n {2}\},\n/g),
      cut("import { oneOf } from '../../pkg/config/formats.ts';\n"),
      cutMatch(/\nexport const flagsRules[\s\S]*?\n\];\n/),
      cutLines(/^import type \{ (?:Rule|ConfigOf) \}/),
    ],
    ['internal/config/schema.ts', cutEntry('consul: consulSchema')],
    ['internal/config/rules.ts', cutEntry('...consulRules'), FLAGS_RULES_IMPORT, FLAGS_RULES_ENTRY],
    ['scripts/configuration-reference.ts', cutLines(/^const KV_STORE/), replace(', kvStore: KV_STORE', '')],
    ['config/default.yaml', cutLines(/admin=peers:read/)],
    ['test/cluster/main.ts', cutLines(/CONSUL_IMAGE/)],
    ['test/cluster/scenarios.ts', cutLines(/consulImage|name: 'production'/)],
    ['test/architecture.test.ts', cutLines(/^ {2}consul: \[/), cutLines(/\[\/\^consul\$\//)],
    ['docs/decisions/README.md', cutLines(/^\| \[(?:0009|0010|0011)\]/)],
    ['docs/decisions/0001-runtime-dependencies.md', cutLines(/^\| consul /)],
    ...consulDeployment,
    ...consulDocumentation,
  ],
};
