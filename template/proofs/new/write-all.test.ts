import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeAll } from '../../../scripts/new/write-all.ts';

const MODULE = join(import.meta.dirname, '../../../scripts/new/write-all.ts');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'new-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'existing.ts'), 'before');
});

function existing(): string {
  return readFileSync(join(root, 'existing.ts'), 'utf8');
}

const FILES = [
  ['internal/orders/model.ts', 'new'],
  ['internal/orders/stores/memory.ts', 'new'],
  ['existing.ts', 'after'],
] as const;

test('new files are created, and existing ones are replaced but keep their permissions', () => {
  chmodSync(join(root, 'existing.ts'), 0o640);
  writeAll(root, FILES);
  expect(readdirSync(root).sort()).toEqual(['existing.ts', 'internal']);
  expect(readdirSync(join(root, 'internal/orders')).sort()).toEqual(['model.ts', 'stores']);
  expect([existing(), statSync(join(root, 'existing.ts')).mode & 0o777]).toEqual(['after', 0o640]);
});

test('if one file cannot be written, no file is created or changed', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => writeAll(root, [...FILES, ['file/model.ts', 'its folder is a file']])).toThrow('ENOTDIR');
  expect(readdirSync(root).sort()).toEqual(['existing.ts', 'file']);
  expect(existing()).toBe('before');
});

test('if the process is killed while it writes, no file is created or changed, and the next run succeeds', () => {
  const program = `
    import { writeAll } from ${JSON.stringify(MODULE)};
    function* files() {
      yield* ${JSON.stringify(FILES)};
      process.kill(process.pid, 'SIGKILL');
    }
    writeAll(${JSON.stringify(root)}, files());
  `;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
  expect(signal).toBe('SIGKILL');
  expect(readdirSync(root).filter((name) => !name.startsWith('.'))).toEqual(['existing.ts']);
  expect(existing()).toBe('before');
  writeAll(root, FILES);
  expect(readdirSync(root).sort()).toEqual(['existing.ts', 'internal']);
  expect(existing()).toBe('after');
});
