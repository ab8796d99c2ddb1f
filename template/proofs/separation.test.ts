import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob, posix } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const IMPORT = /(?:from|import\()\s*['"](\.[^'"]+)['"]/g;

/** Returns the relative imports of a file, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, target = '']) => posix.join(posix.dirname(file), target));
}

test('no file that a generated service keeps imports template/, which init deletes', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const kept = files.filter((file) => !file.startsWith('template/') && !matchesGlob(file, 'pkg/**/*.test.ts'));
  const imports = kept.flatMap((file) => importsOf(file).map((target) => ({ file, target })));
  expect(imports.length).toBeGreaterThan(500);
  expect(imports.filter(({ target }) => target.startsWith('template/'))).toEqual([]);
});

test('imports of template/ are detected', () => {
  expect(importsOf('template/vitest.config.ts')).toContain('template/support/long.ts');
  expect(importsOf('template/init/main.ts').some((target) => target.startsWith('template/'))).toBe(true);
});
