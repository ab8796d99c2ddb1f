import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cyclesIn, type Import, importsIn } from '../test/support/imports.ts';

const ROOT = join(import.meta.dirname, '..');

/** The folders of pkg, each with exactly the folders of pkg that it imports, including type-only imports. */
const PKG_IMPORTS: Record<string, readonly string[]> = {
  errors: [],
  files: [],
  logging: [],
  metrics: [],
  lifecycle: [],
  retry: ['logging'],
  health: ['errors', 'metrics'],
  config: ['files'],
  tracing: ['files'],
  tls: ['files', 'metrics'],
  httpclient: ['errors', 'metrics'],
  httpserver: ['errors', 'health', 'logging', 'metrics', 'tls', 'tracing'],
  auth: ['files', 'httpserver'],
  otlp: ['metrics', 'tracing'],
  devtools: ['config', 'httpserver', 'tracing'],
  consul: ['errors', 'files', 'metrics', 'retry'],
  postgres: ['errors', 'files', 'logging', 'metrics'],
  kubernetes: ['errors', 'files', 'lifecycle', 'metrics', 'retry'],
  build: ['httpserver'],
};

/** The same for the subfolders ("rooms") of pkg/httpserver. The files directly in pkg/httpserver may import any of them. */
const ROOMS: Record<string, readonly string[]> = {
  clients: [],
  text: [],
  exchange: ['clients'],
  problem: ['exchange'],
  telemetry: ['exchange', 'text'],
  validation: [],
  conditional: ['problem'],
  routing: ['problem'],
  connection: ['exchange', 'problem'],
  access: ['connection', 'exchange', 'problem', 'routing'],
  body: ['clients', 'connection', 'exchange', 'problem'],
  admission: ['clients', 'connection', 'exchange', 'problem', 'telemetry', 'text'],
  limits: ['admission', 'body', 'connection', 'exchange', 'problem'],
};

/** The folders that any folder of pkg not listed above may import. */
const FOUNDATION = ['errors', 'files'];

test('the folders of pkg, and the rooms of the HTTP server, import exactly what the tables list', () => {
  const imports = importsIn(ROOT, ['pkg']).filter(({ from }) => !from.endsWith('.test.ts'));
  expect(imports.length).toBeGreaterThan(50);
  expect(violationsIn(imports)).toEqual([]);
  expect(unusedEntries(imports)).toEqual([]);
});

const broken = mkdtempSync(join(tmpdir(), 'architecture-'));
afterAll(() => rmSync(broken, { recursive: true }));

test.each([
  ['pkg/metrics/x.ts', "export { a } from '../httpserver/server.ts';", 'pkg/metrics imports pkg/httpserver'],
  ['pkg/metrics/x.ts', "import type { A } from '../httpserver/server.ts';", 'pkg/metrics imports pkg/httpserver'],
  ['pkg/config/x.ts', "const a = await import('../logging/logging.ts');", 'pkg/config imports pkg/logging'],
  ['pkg/postgres/x.ts', "import { a } from '../httpserver/server.ts';", 'pkg/postgres imports pkg/httpserver'],
  ['pkg/httpserver/problem/x.ts', "import { a } from '../body/y.ts';", 'problem imports body'],
  ['pkg/httpserver/problem/x.ts', "import type { A } from '../server.ts';", 'problem imports server.ts'],
])('in %s, %s is a violation', (file, source, violation) => {
  expect(violationsIn(importsOf({ [file]: source })).join('\n')).toContain(violation);
});

test.each([
  ['pkg/postgres/x.ts', "import { a } from '../errors/describe-error.ts';"],
  ['pkg/httpserver/x.ts', "import { a } from './problem/problem.ts';"],
])('in %s, %s is allowed', (file, source) => {
  expect(violationsIn(importsOf({ [file]: source }))).toEqual([]);
});

test('a cycle between folders is detected even if there is none between files', () => {
  const imports = importsOf({
    'pkg/httpserver/clients/a.ts': "import type { B } from '../exchange/b.ts';",
    'pkg/httpserver/exchange/c.ts': "import type { D } from '../clients/d.ts';",
    'pkg/redis/a.ts': "import type { B } from '../kafka/b.ts';",
    'pkg/kafka/c.ts': "import type { D } from '../redis/d.ts';",
  });
  expect(violationsIn(imports)).toEqual(
    expect.arrayContaining([
      'cycle: pkg/httpserver/clients → pkg/httpserver/exchange → pkg/httpserver/clients',
      'cycle: pkg/kafka → pkg/redis → pkg/kafka',
    ]),
  );
});

test('an import that is allowed by the tables but not used is detected', () => {
  const imports = importsOf({ 'pkg/health/a.ts': "import '../files/b.ts';", 'pkg/errors/c.ts': "import 'node:fs';" });
  expect(unusedEntries(imports)).toEqual(['pkg/health no longer imports pkg/errors: remove it from the table']);
});

/** Creates a project with these files and returns its imports. */
function importsOf(files: Readonly<Record<string, string>>): Import[] {
  const root = mkdtempSync(join(broken, 'case-'));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
  return importsIn(root, ['pkg']);
}

function violationsIn(imports: readonly Import[]): string[] {
  return [
    ...imports.flatMap(tableViolations),
    ...[pkgFolderOf, roomOf].flatMap((nameOf) => cyclesIn(imports, nameOf).map((cycle) => `cycle: ${cycle}`)),
  ];
}

function tableViolations({ from, to }: Import): string[] {
  const violations: string[] = [];
  const [source, target] = [pkgFolderOf(from), pkgFolderOf(to)];
  if (source && target && source !== target) {
    const allowed = PKG_IMPORTS[posix.basename(source)] ?? FOUNDATION;
    if (!allowed.includes(posix.basename(target))) violations.push(`${from}: ${source} imports ${target}`);
  }
  const [room, other] = [roomOf(from), roomOf(to)];
  const isAbove = room === undefined || from === room;
  if (!isAbove && other && room !== other && !ROOMS[posix.basename(room)]?.includes(posix.basename(other))) {
    violations.push(`${from}: ${posix.basename(room)} imports ${posix.basename(other)}`);
  }
  return violations;
}

/** Returns the entries of the tables that no import uses. Ignores folders that the project does not have. */
function unusedEntries(imports: readonly Import[]): string[] {
  const tables = [
    { nameOf: pkgFolderOf, prefix: 'pkg', table: PKG_IMPORTS },
    { nameOf: roomOf, prefix: 'pkg/httpserver', table: ROOMS },
  ];
  return tables.flatMap(({ nameOf, prefix, table }) => {
    const present = new Set(imports.map(({ from }) => nameOf(from)));
    const used = new Set(imports.map(({ from, to }) => `${nameOf(from)} ${nameOf(to)}`));
    return Object.entries(table).flatMap(([name, others]) =>
      others
        .filter((other) => present.has(`${prefix}/${name}`) && present.has(`${prefix}/${other}`))
        .filter((other) => !used.has(`${prefix}/${name} ${prefix}/${other}`))
        .map((other) => `${prefix}/${name} no longer imports ${prefix}/${other}: remove it from the table`),
    );
  });
}

function pkgFolderOf(file: string): string | undefined {
  return /^pkg\/[^/]+(?=\/)/.exec(file)?.[0];
}

/** Returns the room of a file in pkg/httpserver, or the file itself if it is in none. */
function roomOf(file: string): string | undefined {
  return /^pkg\/httpserver\/[^/]+/.exec(file)?.[0];
}
