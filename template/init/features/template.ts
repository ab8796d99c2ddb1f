import { cut, cutBlock, cutLines, cutSection, editJson, replaceMatch } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { spellings } from '../name.ts';
import { rename } from '../rename.ts';

const INTRODUCTION = `An HTTP service in TypeScript that runs under Kubernetes, built on Fastify and Node.js 26. There is no build step: Node.js
runs the sources, and one file assembles them: [app.ts](internal/app/app.ts).`;

/** What serves only the template: init, benchmarks, proofs, the unit tests of `pkg/` and of scripts, and the mentions of them. */
export const template: Feature = {
  name: 'template',
  about: 'what serves only the template',
  files: [
    ...['.ci', 'template', 'prh.yml', 'README.zh-CN.md'],
    ...['pkg/**/*.test.ts', 'pkg/**/testdata/**', 'scripts/{client,docs,release}/*.test.ts'],
  ],
  packages: [
    '@clack/prompts',
    '@grafana/lezer-logql',
    '@grpc/grpc-js',
    '@kubernetes-models/argo-cd',
    '@kubernetes-models/argo-rollouts',
    '@kubernetes-models/external-secrets',
    '@kubernetes-models/flux-cd',
    '@kubernetes-models/gateway-api',
    '@kubernetes-models/istio',
    '@kubernetes-models/keda',
    '@lezer/highlight',
    '@lezer/lr',
    '@marcbachmann/cel-js',
    '@opentelemetry/instrumentation-generic-pool',
    '@opentelemetry/instrumentation-undici',
    '@prometheus-io/lezer-promql',
    '@seriousme/openapi-schema-validator',
    'fast-check',
    'generic-pool',
    'gitlab-ci-local',
    'kubernetes-models',
    'otlp-schema',
    'playwright-core',
    'prh',
  ],
  edits: [
    ['package.json', cutLines(/^ {4}"test:template":/)],
    ['CONTRIBUTING.md', cutSection('## Write plain English')],
    ['.gitlab-ci.yml', cutBlock(/^long:$/)],
    ['.github/workflows/ci.yml', cutBlock(/^long:$/)],
    ['biome.json', cut(', "template/**"')],
    ['knip.json', editJson(useKnipOnOwnCode)],
    ['.gitignore', cutLines(/gitlab-ci-local/)],
    ['tsconfig.json', cut('"template", ')],
    [
      'README.md',
      replaceMatch(/^A starter for [\s\S]*?(?=\n\n)/m, INTRODUCTION),
      cutSection('## Why, and when not'),
      cut('git clone https://git.example.com/skiff.git && cd skiff\n'),
      cutSection('## Make it yours'),
      cutSection('## Guarantees'),
      useNameOfService,
    ],
  ],
};

/** From "Make it yours" on, the README is about a service called orders. */
function useNameOfService(readme: string): string {
  const text = readme.replaceAll('registry.example.com/checkout/', 'registry.example.com/');
  return rename(text, spellings('orders'), spellings('skiff'));
}

/** Reports what is unused in the service's own code. What it does not use of `pkg/` stays, for the next upgrade. */
function useKnipOnOwnCode(document: Record<string, unknown>): void {
  document.entry = ['cmd/*/main.ts', 'pkg/**/*.ts', 'scripts/new/*/*.ts', 'test/**/*.test.ts'];
  document.project = ['{cmd,internal,pkg,scripts,test}/**/*.ts'];
  delete document.ignoreBinaries;
  delete document.ignoreDependencies;
}
