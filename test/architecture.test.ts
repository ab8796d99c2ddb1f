import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What every part of pkg may stand on. */
const SHARED = ['errors', 'files'];

/** Parts of pkg that stand on no other part of pkg, except for types; and what the others may stand on. */
const STANDS_ON: Record<string, readonly string[]> = {
  logging: [],
  metrics: [],
  tracing: [],
  health: [],
  config: [],
  lifecycle: [],
  tls: [],
  httpserver: ['logging', 'metrics', 'tracing', 'health', 'config', 'lifecycle', 'tls', 'auth'],
  httpclient: ['logging', 'metrics', 'tracing', 'lifecycle', 'tls'],
  consul: ['logging', 'metrics', 'tracing', 'health', 'config', 'lifecycle', 'tls'],
  auth: ['logging', 'metrics', 'tracing', 'tls'],
};

/** Packages that are imported where their idea lives and nowhere else. */
const HOMES: readonly [name: RegExp, home: string][] = [
  [/^convict$/, 'pkg/config'],
  [/^consul$/, 'pkg/consul'],
  [/^prom-client$/, 'pkg/metrics'],
  [/^@opentelemetry\/(?!api$)/, 'pkg/tracing'],
  [/^(undici|cockatiel)$/, 'pkg/httpclient'],
  [/^jose$/, 'pkg/auth'],
];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

test('the imports of the project keep the rules of the house', () => {
  const imports = importsOf(ROOT);
  expect(imports.length).toBeGreaterThan(50);
  expect(violationsIn(imports)).toEqual([]);
});

const broken = mkdtempSync(join(tmpdir(), 'architecture-'));
afterAll(() => rmSync(broken, { recursive: true }));

test.each([
  ['pkg/health/x.ts', "import { a } from '../../internal/app/app.ts';", 'pkg imports internal'],
  ['internal/app/x.ts', "import { a } from '../../cmd/server/main.ts';", 'internal imports cmd'],
  ['pkg/metrics/x.ts', "export { a } from '../httpserver/server.ts';", 'pkg/metrics stands on pkg/httpserver'],
  ['pkg/config/x.ts', "const a = await import('../logging/logging.ts');", 'pkg/config stands on pkg/logging'],
  ['internal/app/x.ts', "import convict from 'convict';", 'convict belongs to pkg/config'],
  ['internal/orders/x.ts', "import { Counter } from 'prom-client';", 'prom-client belongs to pkg/metrics'],
  ['pkg/auth/x.ts', "import { NodeSDK } from '@opentelemetry/sdk-node';", 'belongs to pkg/tracing'],
  ['cmd/server/x.ts', "import { a } from '../../test/fixture.ts';", 'cmd imports test'],
])('a rule broken in %s by %s is found', (file, source, violation) => {
  const root = mkdtempSync(join(broken, 'case-'));
  mkdirSync(join(root, dirname(file)), { recursive: true });
  writeFileSync(join(root, file), source);
  expect(violationsIn(importsOf(root)).join('\n')).toContain(violation);
});

test('a cycle between files is found', () => {
  const root = mkdtempSync(join(broken, 'cycle-'));
  mkdirSync(join(root, 'pkg/health'), { recursive: true });
  writeFileSync(join(root, 'pkg/health/a.ts'), "import { b } from './b.ts';");
  writeFileSync(join(root, 'pkg/health/b.ts'), "import { a } from './a.ts';");
  expect(violationsIn(importsOf(root))).toEqual(['cycle: pkg/health/a.ts → pkg/health/b.ts → pkg/health/a.ts']);
});

test('imports of types alone may cross between parts of pkg', () => {
  const root = mkdtempSync(join(broken, 'types-'));
  mkdirSync(join(root, 'pkg/metrics'), { recursive: true });
  writeFileSync(join(root, 'pkg/metrics/x.ts'), "import type { Exchange } from '../httpserver/exchange.ts';");
  expect(violationsIn(importsOf(root))).toEqual([]);
});

function importsOf(root: string): Import[] {
  return ['cmd', 'internal', 'pkg']
    .flatMap((top) => sourcesIn(join(root, top)))
    .flatMap((path) => {
      const from = relative(root, path);
      return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((match) => {
        const specifier = match.groups?.from ?? match.groups?.dynamic ?? '';
        const to = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : packageOf(specifier);
        return { from, to, typeOnly: match.groups?.type !== undefined };
      });
    });
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?<type>type\s)?[^'"`;]*?from\s+['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/g;

function sourcesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function violationsIn(imports: readonly Import[]): string[] {
  return [
    ...imports.flatMap(layerViolations),
    ...imports.flatMap(pkgViolations),
    ...imports.flatMap(homeViolations),
  ].concat(cycleIn(imports.filter(({ typeOnly }) => !typeOnly)));
}

function layerViolations({ from, to }: Import): string[] {
  const allowed: Record<string, readonly string[]> = {
    cmd: ['cmd', 'internal', 'pkg', 'package.json'],
    internal: ['internal', 'pkg', 'package.json'],
    pkg: ['pkg'],
  };
  const layer = from.split('/')[0] ?? '';
  const target = to.split('/')[0] ?? '';
  const isFile = to.endsWith('.ts') || to.endsWith('.json');
  return !isFile || allowed[layer]?.includes(target) ? [] : [`${from}: ${layer} imports ${target} (${to})`];
}

function pkgViolations({ from, to, typeOnly }: Import): string[] {
  const [layer, part = ''] = from.split('/');
  const [targetLayer, target = ''] = to.split('/');
  if (layer !== 'pkg' || targetLayer !== 'pkg' || part === target || typeOnly) return [];
  return [...SHARED, ...(STANDS_ON[part] ?? [])].includes(target) && !SHARED.includes(part)
    ? []
    : [`${from}: pkg/${part} stands on pkg/${target}`];
}

function homeViolations({ from, to }: Import): string[] {
  return HOMES.filter(([name, home]) => name.test(to) && !from.startsWith(`${home}/`)).map(
    ([, home]) => `${from}: ${to} belongs to ${home}`,
  );
}

function cycleIn(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): string[] {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' → ')];
    if (done.has(file)) return [];
    const found = (targets.get(file) ?? []).flatMap(({ to }) => visit(to, [...path, file]));
    done.add(file);
    return found;
  }
  return [...targets.keys()].flatMap((file) => visit(file, [])).map((cycle) => `cycle: ${cycle}`);
}
