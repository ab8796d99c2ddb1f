import { cut, cutAll, cutBlock, cutEntry, cutLines, cutMatch, editJson, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { cutPanels } from '../panels.ts';
import { FLAGS_NOTE, FLAGS_NOTE_TEST, FLAGS_STORE_IN_COMPOSE, FLAGS_STORE_VALUE } from './shared.ts';

/** Where what runs, watches and checks the service speaks of Consul. */
export const consulDeployment: Feature['edits'] = [
  [
    'deploy/compose/compose.yaml',
    cutLines(/SKIFF_CONSUL_/),
    FLAGS_STORE_IN_COMPOSE,
    cut('    depends_on:\n      consul:\n        condition: service_healthy\n'),
    cutMatch(/\n {2}consul:\n[\s\S]*$/),
  ],
  ['.ci/check-compose.sh', cutLines(/^check consul/)],
  [
    'charts/skiff/templates/deployment.yaml',
    cut(`            {{- with include "skiff.consul.env" . }}
            {{- . | nindent 12 }}
            {{- end }}
`),
  ],
  [
    'charts/skiff/templates/networkpolicy.yaml',
    cut(`    {{- with include "skiff.consul.egress" $ }}
    {{- . | nindent 4 }}
    {{- end }}
`),
  ],
  [
    'charts/skiff/templates/_config.tpl',
    replace(' What Kubernetes has to expand cannot stand in it, and is a variable.', ''),
    cutMatch(/\{\{- if contains "\$\(" [\s\S]*?\{\{- end -\}\}\n/),
  ],
  ['charts/skiff/templates/NOTES.txt', FLAGS_NOTE],
  [
    'charts/skiff/values-production.yaml',
    replace('hosts, Consul, collector', 'hosts, collector'),
    cutBlock(/^consul:$/),
    FLAGS_STORE_VALUE,
    cutBlock(/^secrets:$/),
    cutBlock(/^networkPolicy:$/),
  ],
  [
    'charts/skiff/values.yaml',
    replace(
      '`consul.token: {name: skiff-consul, key: token}`',
      '`database.password: {name: skiff-database, key: password}`',
    ),
    replace('; with Consul its agents too, where they run as pods', ''),
  ],
  [
    'charts/skiff/README.md',
    cutLines(/^\| `consul\.enabled`/),
    cutLines(/^ {2}consul: \{ enabled: true \}$/),
    replace(
      '  consul.token: { name: skiff-consul, key: token }',
      '  database.password: { name: skiff-database, key: password }',
    ),
  ],
  ['charts/skiff/values.schema.json', cut('CONSUL_(ENABLED|ADDRESS)|')],
  ['test/chart/value-sets.ts', cutMatch(/ {2}\{\n {4}name: 'Consul at an address[\s\S]*?\n {2}\},\n/)],
  [
    'test/chart/values.test.ts',
    FLAGS_NOTE_TEST,
    cutLines(/consul: \{ enabled: (?:true|false).* \}.*\],$/),
    cutLines(/import \{ configSeen \}/),
    cutMatch(/test\('with Consul the service[\s\S]*?\n\}\);\n\n/),
  ],
  ['test/chart/refused.test.ts', cutLines(/consul: \{ (?:enabled|token)|'consul\.token'/)],
  [
    'deploy/mesh/istio/peer-authentication.yaml',
    replace("Prometheus and Consul's agents\n# are seldom", 'Prometheus\n# is seldom'),
    cutLines(/^# (?:Who finds instances with Consul|text: GET \/v1\/peers)/),
  ],
  [
    'deploy/observability/alerts.yaml',
    cutBlock(/^- alert: ConsulRegistrationLost$/),
    cutBlock(/^- alert: DiscoveryStale$/),
  ],
  [
    'deploy/observability/alerts.test.yaml',
    cutBlock(/^- name: one instance is not registered, another is$/),
    cutBlock(/^- name: one list of instances is 90 s old, another 10 s$/),
  ],
  [
    'deploy/observability/dashboard.json',
    editJson(cutPanels(/\bconsul_\w+/)),
    replace('runtime, Consul and the objectives', 'runtime and the objectives'),
    replace('"Consul, configuration, certificates, traces"', '"Configuration, certificates, traces"'),
  ],
  [
    'test/observability/fleet.ts',
    cut('  const consul = await startConsulSide();\n'),
    cut('...consul.there, '),
    cut('        ...consul.away,\n'),
    cut('    await loadPeers(well, lonely);\n'),
    cut("  await well.line('registered with Consul');\n"),
    cut('      await consul.agent.stop();\n'),
  ],
  [
    'test/observability/metrics.test.ts',
    replace('consulBinary === undefined ? describe.skip : describeWithPrometheus', 'describeWithPrometheus'),
    cut('describe, '),
    cut(' [needs consul too]'),
  ],
  ['.gitlab-ci.yml', cutBlock(/^consul:$/), cutLines(/\.cache\/bin\/consul|job: consul/)],
  ['test/pipeline/gitlab.test.ts', cutAll(/'consul', /g)],
  ['test/pipeline/gitlab.ts', cutEntry("'CONSUL_BIN'")],
  ['.devcontainer/Dockerfile', cutMatch(/^FROM hashicorp\/consul\S* AS consul\n\n/), cutLines(/^COPY --from=consul/)],
  ['.devcontainer/devcontainer.json', cutLines(/"CONSUL_BIN"/)],
];
