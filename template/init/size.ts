/** `node template/init/size.ts`: prints how many files and lines a service inherits from this commit, without its lock file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { features } from './features/features.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALL = features.map(({ name }) => name);

console.log('removed                     files   lines   lines outside pkg/');
for (const [label, options] of [
  ['nothing', ['--ci', 'both']],
  ['controller, kubernetes-api', ['--ci', 'both', '--without', 'controller,kubernetes-api']],
  ['everything', ['--ci', 'github', '--without', ALL.join()]],
] as const) {
  const columns = sizesOf(options).map((count) => String(count).padEnd(8));
  console.log(label.padEnd(28) + columns.join('').trimEnd());
}

/** Makes a service and returns the numbers of its files, of their lines, and of those outside pkg/. */
function sizesOf(options: readonly string[]): readonly number[] {
  const root = mkdtempSync(join(tmpdir(), 'size-'));
  const output = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: root, encoding: 'utf8' });
  try {
    output('git', 'clone', '--quiet', '--shared', ROOT, '.');
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    // The pattern in .gitignore only matches folders.
    writeFileSync(join(root, '.git/info/exclude'), 'node_modules\n');
    const named = ['orders', '--owner', 'Checkout', '--registry', 'registry.test/checkout', '--no-check'];
    output('npm', 'run', '--silent', 'init', '--', ...named, ...options);
    const paths = output('git', 'ls-files', '-z')
      .split('\0')
      .filter((path) => path !== '' && path !== 'package-lock.json');
    const lines = paths.map((path) => readFileSync(join(root, path), 'utf8').split('\n').length - 1);
    const sum = (some: readonly number[]) => some.reduce((total, count) => total + count, 0);
    return [paths.length, sum(lines), sum(lines.filter((_, index) => !paths[index]?.startsWith('pkg/')))];
  } finally {
    rmSync(root, { recursive: true });
  }
}
