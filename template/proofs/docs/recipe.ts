import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blocksIn, ROOT, read } from '../../../test/docs/markdown.ts';

const HEADER = /^\/\/ (?<file>\S+?)(?:, after the line `(?<line>.+)`|(?<entry>, as the last entry of the list))?\n/;

/** Copies the project, follows the recipe literally, and compiles the result. Returns the folder of the copy. */
export function follow(recipe: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'recipe-'));
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { code } of blocksIn(read(recipe)).filter(({ language }) => language === 'ts')) {
    const header = HEADER.exec(code);
    if (header?.groups?.file === undefined) throw new Error(`${recipe}: code block without a file name: ${code}`);
    const { file, line, entry } = header.groups;
    const added = code.slice(header[0].length);
    if (entry !== undefined) append(join(copy, file), added);
    else put(join(copy, file), added, line);
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['cmd/**/main.ts'] }));
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--project', copy], { stdio: 'pipe', encoding: 'utf8' });
  return copy;
}

function put(path: string, code: string, line: string | undefined): void {
  mkdirSync(dirname(path), { recursive: true });
  if (line === undefined) {
    writeFileSync(path, code, { flag: 'wx' });
    return;
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  const at = lines.findIndex((text) => text.startsWith(line));
  if (at === -1) throw new Error(`${path} has no line that starts with: ${line}`);
  writeFileSync(path, lines.toSpliced(at + 1, 0, code.trimEnd()).join('\n'));
}

/** Appends an entry to the list at the end of the file, which may be empty or span one or more lines. */
function append(path: string, entry: string): void {
  const list = readFileSync(path, 'utf8').trimEnd();
  if (!list.endsWith('];')) throw new Error(`${path} does not end with a list`);
  const before = list.slice(0, -2).trimEnd();
  const separator = /[[,]$/.test(before) ? '' : ', ';
  writeFileSync(path, `${before}${separator}${entry.trimEnd()}];\n`);
}
