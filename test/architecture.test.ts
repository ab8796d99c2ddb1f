import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { circlesIn, type Import, importsIn } from './support/imports.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * The top folders that the files of a top folder may import. A test may also import `test` and `scripts`, and a test of pkg,
 * which stays with the template, `template`.
 */
const LAYERS: Record<string, readonly string[]> = {
  cmd: ['cmd', 'internal', 'pkg'],
  internal: ['internal', 'pkg'],
  pkg: ['pkg'],
  scripts: ['scripts', 'internal', 'pkg'],
  test: ['test', 'scripts', 'cmd', 'internal', 'pkg'],
  template: ['template', 'test', 'scripts', 'cmd', 'internal', 'pkg'],
};

/** The files of internal/app that domains and integrations implement, and that scripts/new writes imports of. */
const CONTRACTS = ['internal/app/domain.ts', 'internal/app/integration.ts'];

/** The files of a folder of internal that are put together to the configuration. */
const SETTINGS = ['schema.ts', 'rules.ts'];

/** Packages that are imported where their idea lives and nowhere else. */
const HOMES: readonly [name: RegExp, home: string][] = [
  [/^convict$/, 'pkg/config'],
  [/^consul$/, 'pkg/consul'],
  [/^prom-client$/, 'pkg/metrics'],
  [/^@opentelemetry\/(?!api$)/, 'pkg/tracing'],
  [/^(undici|cockatiel)$/, 'pkg/httpclient'],
  [/^jose$/, 'pkg/auth'],
];

test('the imports of the project follow its architecture', () => {
  const imports = importsIn(ROOT, Object.keys(LAYERS));
  expect(imports.length).toBeGreaterThan(50);
  expect(violationsIn(imports)).toEqual([]);
});

const broken = mkdtempSync(join(tmpdir(), 'architecture-'));
afterAll(() => rmSync(broken, { recursive: true }));

test.each([
  ['pkg/health/x.ts', "import { a } from '../../internal/app/app.ts';", 'pkg imports internal'],
  ['internal/app/x.ts', "import { a } from '../../cmd/server/main.ts';", 'internal imports cmd'],
  ['cmd/server/x.ts', "import { a } from '../../test/fixture.ts';", 'cmd imports test'],
  ['test/e2e/x.test.ts', "import { a } from '../../template/bench/main.ts';", 'test imports template'],
  ['pkg/health/x.test.ts', "import '../../internal/app/app.ts';", 'pkg imports internal'],
  ['pkg/health/x.ts', "import package from '../../package.json';", 'pkg imports package.json'],
  ['internal/app/x.ts', "import convict from 'convict';", 'convict belongs to pkg/config'],
  ['internal/orders/x.ts', "import { Counter } from 'prom-client';", 'prom-client belongs to pkg/metrics'],
  ['pkg/auth/x.ts', "import { NodeSDK } from '@opentelemetry/sdk-node';", 'belongs to pkg/tracing'],
  ['internal/orders/x.ts', "import { a } from '../payments/service.ts';", 'internal/orders imports internal/payments'],
  ['internal/orders/x.ts', "import { a } from '../app/app.ts';", 'internal/orders imports internal/app'],
  ['internal/config/x.ts', "import { a } from '../orders/service.ts';", 'internal/config imports internal/orders'],
])('in %s, %s is found', (file, source, violation) => {
  expect(violationsIn(importsOf({ [file]: source })).join('\n')).toContain(violation);
});

test.each([
  ['internal/app/x.ts', "import { a } from '../orders/orders.ts';"],
  ['internal/orders/x.ts', "import type { A } from '../app/domain.ts';"],
  ['internal/orders/x.ts', "import type { A } from '../config/config.ts';"],
  ['internal/orders/stores/redis/x.ts', "import type { A } from '../../../redis/schema.ts';"],
  ['internal/config/x.ts', "import { a } from '../orders/schema.ts';"],
  ['pkg/health/x.test.ts', "import { a } from '../../template/support/server.ts';"],
])('in %s, %s is allowed', (file, source) => {
  expect(violationsIn(importsOf({ [file]: source }))).toEqual([]);
});

test('a circle between files is found, also one of types', () => {
  const imports = importsOf({
    'pkg/health/a.ts': "import type { B } from './b.ts';",
    'pkg/health/b.ts': "import { type A } from './a.ts';",
  });
  expect(violationsIn(imports)).toEqual(['circle: pkg/health/a.ts → pkg/health/b.ts → pkg/health/a.ts']);
});

/** The imports of a project with these files. */
function importsOf(files: Readonly<Record<string, string>>): Import[] {
  const root = mkdtempSync(join(broken, 'case-'));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
  return importsIn(root, Object.keys(LAYERS));
}

function violationsIn(imports: readonly Import[]): string[] {
  const sources = imports.filter(({ from }) => !from.endsWith('.test.ts'));
  return [
    ...imports.flatMap(layerViolations),
    ...sources.flatMap((each) => [...internalViolations(each), ...homeViolations(each)]),
    ...circlesIn(sources, (file) => file).map((circle) => `circle: ${circle}`),
  ];
}

function layerViolations({ from, to }: Import): string[] {
  const [layer = ''] = from.split('/');
  const [target = ''] = to.split('/');
  const ofTests = layer === 'pkg' ? ['test', 'scripts', 'template'] : ['test', 'scripts'];
  const allowed = [...(LAYERS[layer] ?? []), ...(from.endsWith('.test.ts') ? ofTests : [])];
  // pkg does not know the project, so it does not read package.json either.
  const isWrong = target in LAYERS ? !allowed.includes(target) : layer === 'pkg' && target.endsWith('.json');
  return isWrong ? [`${from}: ${layer} imports ${target} (${to})`] : [];
}

/** A domain or an integration imports its own files, settings and contracts; an integration's only in a folder of its name. */
function internalViolations({ from, to }: Import): string[] {
  const [layer, folder = '', ...path] = from.split('/');
  const [targetLayer, target = ''] = to.split('/');
  if (layer !== 'internal' || targetLayer !== 'internal' || folder === target || folder === 'app') return [];
  const isAllowed =
    folder === 'config'
      ? SETTINGS.includes(posix.basename(to))
      : target === 'config' || CONTRACTS.includes(to) || path.includes(target);
  return isAllowed ? [] : [`${from}: internal/${folder} imports internal/${target} (${to})`];
}

function homeViolations({ from, to }: Import): string[] {
  return HOMES.filter(
    ([name, home]) => name.test(to) && /^(cmd|internal|pkg)\//.test(from) && !from.startsWith(`${home}/`),
  ).map(([, home]) => `${from}: ${to} belongs to ${home}`);
}
