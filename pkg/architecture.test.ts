import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { circlesIn, type Import, importsIn } from '../test/support/imports.ts';

const ROOT = join(import.meta.dirname, '..');

/** The folders of pkg that a folder of pkg imports, types included: all of them, and no others. */
const STANDS_ON: Record<string, readonly string[]> = {
  errors: [],
  files: [],
  logging: [],
  metrics: [],
  lifecycle: [],
  health: ['errors'],
  config: ['files'],
  tracing: ['files'],
  tls: ['files', 'metrics'],
  httpclient: ['errors', 'metrics'],
  httpserver: ['errors', 'health', 'logging', 'metrics', 'tls', 'tracing'],
  auth: ['files', 'httpserver'],
  consul: ['errors', 'files', 'logging', 'metrics'],
};

/** The same for the rooms of the HTTP server. Its other files are above all rooms and import any of them. */
const ROOMS: Record<string, readonly string[]> = {
  clients: [],
  exchange: ['clients'],
  problem: ['exchange'],
  telemetry: ['exchange'],
  validation: [],
  conditional: ['problem'],
  routing: ['problem'],
  connection: ['exchange', 'problem'],
  access: ['connection', 'exchange', 'problem', 'routing'],
  body: ['clients', 'connection', 'exchange', 'problem'],
  admission: ['clients', 'connection', 'exchange', 'problem', 'telemetry'],
  limits: ['admission', 'body', 'connection', 'exchange', 'problem'],
};

/** The folders that a folder of pkg may import that is not listed above. */
const FOUNDATION = ['errors', 'files'];

test('the folders of pkg, and the rooms of the HTTP server, import what the tables say', () => {
  const imports = importsIn(ROOT, ['pkg']).filter(({ from }) => !from.endsWith('.test.ts'));
  expect(imports.length).toBeGreaterThan(50);
  expect(violationsIn(imports)).toEqual([]);
  expect(unusedArrows(imports)).toEqual([]);
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
])('in %s, %s is found', (file, source, violation) => {
  expect(violationsIn(importsOf({ [file]: source })).join('\n')).toContain(violation);
});

test.each([
  ['pkg/postgres/x.ts', "import { a } from '../errors/describe-error.ts';"],
  ['pkg/httpserver/x.ts', "import { a } from './problem/problem.ts';"],
])('in %s, %s is allowed', (file, source) => {
  expect(violationsIn(importsOf({ [file]: source }))).toEqual([]);
});

test('a circle between folders is found although there is none between files', () => {
  const imports = importsOf({
    'pkg/httpserver/clients/a.ts': "import type { B } from '../exchange/b.ts';",
    'pkg/httpserver/exchange/c.ts': "import type { D } from '../clients/d.ts';",
    'pkg/redis/a.ts': "import type { B } from '../kafka/b.ts';",
    'pkg/kafka/c.ts': "import type { D } from '../redis/d.ts';",
  });
  expect(violationsIn(imports)).toEqual(
    expect.arrayContaining([
      'circle: pkg/httpserver/clients → pkg/httpserver/exchange → pkg/httpserver/clients',
      'circle: pkg/kafka → pkg/redis → pkg/kafka',
    ]),
  );
});

test('an arrow of the tables that is not in use is found', () => {
  const imports = importsOf({ 'pkg/health/a.ts': "import '../files/b.ts';", 'pkg/errors/c.ts': "import 'node:fs';" });
  expect(unusedArrows(imports)).toEqual(['pkg/health no longer imports pkg/errors: remove it from the table']);
});

/** The imports of a project with these files. */
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
    ...imports.flatMap(arrowViolations),
    ...[pkgFolderOf, roomOf].flatMap((nameOf) => circlesIn(imports, nameOf).map((circle) => `circle: ${circle}`)),
  ];
}

function arrowViolations({ from, to }: Import): string[] {
  const found: string[] = [];
  const [source, target] = [pkgFolderOf(from), pkgFolderOf(to)];
  if (source && target && source !== target) {
    const allowed = STANDS_ON[posix.basename(source)] ?? FOUNDATION;
    if (!allowed.includes(posix.basename(target))) found.push(`${from}: ${source} imports ${target}`);
  }
  const [room, other] = [roomOf(from), roomOf(to)];
  const isAbove = room === undefined || from === room;
  if (!isAbove && other && room !== other && !ROOMS[posix.basename(room)]?.includes(posix.basename(other))) {
    found.push(`${from}: ${posix.basename(room)} imports ${posix.basename(other)}`);
  }
  return found;
}

/** Arrows of the tables without an import. Folders that the project does not have are left out. */
function unusedArrows(imports: readonly Import[]): string[] {
  const tables = [
    { nameOf: pkgFolderOf, prefix: 'pkg', table: STANDS_ON },
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

/** The room of a file of the HTTP server. A file in none is a room by itself. */
function roomOf(file: string): string | undefined {
  return /^pkg\/httpserver\/[^/]+/.exec(file)?.[0];
}
