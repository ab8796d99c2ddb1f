import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Block, blocksIn } from '../docs/blocks.ts';
import type { Clone } from '../init/clone.ts';

const HEADER =
  /^(?:\/\/|--|#) (?<file>\S+?)(?:, (?<place>after|instead of) the line `(?<line>.+)`|(?<entry>, as the last entry of the list))?\n/;

/**
 * Follows the code blocks of a recipe literally, in their order: runs those in `sh` with the environment, and applies all
 * others to the file that they name. Returns the output of the commands; the error of a command that fails contains it too.
 */
export async function follow(
  markdown: string,
  clone: Clone,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const blocks = blocksIn(markdown);
  if (blocks.length === 0) throw new Error('the recipe has no code blocks');
  let output = '';
  for (const block of blocks) {
    if (block.language === 'sh') output += await run(block.code, clone, env);
    else apply(block, clone);
  }
  return output;
}

async function run(code: string, clone: Clone, env: Readonly<Record<string, string>>): Promise<string> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return clone.succeed('env', ...variables, 'bash', '-euo', 'pipefail', '-c', code);
}

function apply({ code }: Block, { root }: Clone): void {
  const header = HEADER.exec(code);
  if (header?.groups?.file === undefined) throw new Error(`code block without a file name: ${code}`);
  const { file, place, line, entry } = header.groups;
  const path = join(root, file);
  const added = code.slice(header[0].length);
  if (entry !== undefined) append(path, added);
  else if (line !== undefined) put(path, added, { line, replaced: place === 'instead of' ? 1 : 0 });
  else create(path, added);
}

function create(path: string, code: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code, { flag: 'wx' });
}

function put(path: string, code: string, { line, replaced }: { line: string; replaced: 0 | 1 }): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  const at = lines.findIndex((text) => text.startsWith(line));
  if (at === -1) throw new Error(`${path} has no line that starts with: ${line}`);
  writeFileSync(path, lines.toSpliced(at + 1 - replaced, replaced, code.trimEnd()).join('\n'));
}

/** Appends an entry to the list at the end of the file, which may be empty or span one or more lines. */
function append(path: string, entry: string): void {
  const list = readFileSync(path, 'utf8').trimEnd();
  if (!list.endsWith('];')) throw new Error(`${path} does not end with a list`);
  const before = list.slice(0, -2).trimEnd();
  const separator = /[[,]$/.test(before) ? '' : ', ';
  writeFileSync(path, `${before}${separator}${entry.trimEnd()}];\n`);
}
