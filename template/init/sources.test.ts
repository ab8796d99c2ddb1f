import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { features } from './features/features.ts';
import { plan } from './plan.ts';
import { readTree, type Tree } from './tree.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALL = features.map(({ name }) => name);
const TEMPLATE = readTree(ROOT);
const COMPLETE = serviceWithout([]);

/** The services that lack one feature or all. Those whose sources are the same as with all features are left out. */
const SERVICES = [...ALL.map((name) => [name]), ALL].flatMap((without) => {
  const tree = serviceWithout(without);
  const isSame = [...COMPLETE].every(([path, { text }]) => !isSource(path) || tree.get(path)?.text === text);
  const changed = [...tree.keys()].filter(
    (path) => isSource(path) && tree.get(path)?.text !== COMPLETE.get(path)?.text,
  );
  return isSame ? [] : [{ label: without.length === 1 ? `${without}` : 'any feature', tree, changed }];
});

function serviceWithout(without: readonly string[]): Tree {
  return plan(TEMPLATE, { name: 'orders', owner: 'Ada', registry: 'registry.test', without }).tree;
}

/** Reports whether biome or the compiler reads a file. */
function isSource(path: string): boolean {
  return /\.(?:[cm]?[jt]s|json|css|html)$|^\.gitignore$/.test(path);
}

/** Contains the services in folders named after their labels. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sources-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { label, tree } of SERVICES) {
    for (const [path, { text }] of tree) {
      if (text === undefined || !isSource(path)) continue;
      const file = join(folder, label, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', program), args, {
    cwd,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test.each(SERVICES.filter(({ changed }) => changed.length > 0))(
  'the linter accepts the changed sources without $label',
  ({ label, changed }) => {
    // As in init, the formatter fixes the layout.
    const { status, output } = run(join(folder, label), 'biome', 'check', '--write', '--error-on-warnings', ...changed);
    expect(status, output).toBe(0);
  },
  60_000,
);

// All services are one program, so that the types of packages are read once.
test('the compiler accepts the sources without each feature, and without any', () => {
  const config = { extends: `./${SERVICES[0]?.label}/tsconfig.json`, include: ['.'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { status, output } = run(folder, 'tsc', '--project', '.', '--singleThreaded');
  expect(status, output).toBe(0);
}, 120_000);
