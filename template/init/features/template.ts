import { cut, cutBlock, cutLines, cutParagraph, cutSection, editJson, replace } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** What serves only the template: init, benchmarks, proofs, the unit tests of `pkg/` and of scripts, and the mentions of them. */
export const template: Feature = {
  name: 'template',
  about: 'what serves only the template',
  files: ['.ci', 'template', 'prh.yml', 'pkg/**/*.test.ts', 'pkg/**/testdata/**', 'scripts/{docs,release}/*.test.ts'],
  packages: [
    '@clack/prompts',
    '@grafana/lezer-logql',
    '@grpc/grpc-js',
    '@kubernetes-models/argo-cd',
    '@kubernetes-models/gateway-api',
    '@kubernetes-models/istio',
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
    ['package.json', cutLines(/^ {4}"[^"]+": "[^"]*\btemplate\//), cut(' && npm run --silent prose')],
    ['CONTRIBUTING.md', cutSection('## Write plain English')],
    ['.gitlab-ci.yml', cutBlock(/^long:$/)],
    ['.github/workflows/ci.yml', cutBlock(/^long:$/)],
    ['biome.json', cut(', "template/**"')],
    ['knip.json', editJson(useKnipOnOwnCode)],
    ['.gitignore', cutLines(/gitlab-ci-local/)],
    ['tsconfig.json', cut('"template", ')],
    [
      'README.md',
      replace(
        'A starter for HTTP services in TypeScript that run under Kubernetes',
        'An HTTP service in TypeScript that runs under Kubernetes',
      ),
      cutSection('## Create your service'),
      cutParagraph("The template's own proofs are in `template/`"),
    ],
  ],
};

/** Reports what is unused in the service's own code. What it does not use of `pkg/` stays, for the next upgrade. */
function useKnipOnOwnCode(document: Record<string, unknown>): void {
  document.entry = ['cmd/*/main.ts', 'pkg/**/*.ts', 'scripts/new/*/*.ts', 'test/**/*.test.ts'];
  document.project = ['{cmd,internal,pkg,scripts,test}/**/*.ts'];
  delete document.ignoreBinaries;
  delete document.ignoreDependencies;
}
