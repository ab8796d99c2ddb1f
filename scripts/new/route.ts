import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Word, withWord } from './word.ts';

/** What every new domain begins as: real code, tested as such. */
const TEMPLATE = join(import.meta.dirname, 'things');

const DOMAINS = 'internal/app/domains.ts';
const SETTINGS = 'config/default.yaml';

/**
 * Adds a domain: a folder of its own, an entry in the list of domains, and roles that may use it.
 *
 * @returns the files that were written, in that order.
 * @throws Error when the folder is there already, before anything is written.
 */
export function addRoute(root: string, word: Word): string[] {
  const folder = `internal/${word.several}`;
  if (existsSync(join(root, folder))) throw new Error(`${folder} is there already`);
  const wired = [
    [DOMAINS, withDomain(readFileSync(join(root, DOMAINS), 'utf8'), word)],
    [SETTINGS, withGrants(readFileSync(join(root, SETTINGS), 'utf8'), word)],
  ] as const;
  const made = readdirSync(TEMPLATE).map((name) => {
    const text = readFileSync(join(TEMPLATE, name), 'utf8')
      .replaceAll('../../../pkg/', '../../pkg/')
      .replaceAll('../../../internal/', '../');
    return [`${folder}/${withWord(name, word)}`, withWord(text, word)] as const;
  });
  mkdirSync(join(root, folder), { recursive: true });
  const files = [...made, ...wired];
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  return files.map(([path]) => path);
}

/** An import at the top, and an entry at the end of the list. */
function withDomain(text: string, word: Word): string {
  const create = withWord('createThings', word);
  const end = text.lastIndexOf(']');
  const before = text.slice(0, end);
  // Behind an entry that has no comma yet, when all stand in one line.
  const comma = /(?:[[,]|\/\/.*\n)\s*$/.test(before) ? '' : ',';
  return `import { ${create} } from '../${word.several}/${word.several}.ts';\n${before}${comma}${create},${text.slice(end)}`;
}

/** Roles of its own, at the end of those that are there. */
function withGrants(text: string, { several }: Word): string {
  const grants = [
    `${several}-reader=${several}:read`,
    ...['read', 'write'].map((what) => `${several}-editor=${several}:${what}`),
  ];
  const list = /^ {2}grants:\n(?: {4}- .*\n)+/m.exec(text);
  if (list === null) throw new Error(`${SETTINGS}: auth.grants is not the list that it was`);
  const end = list.index + list[0].length;
  return text.slice(0, end) + grants.map((grant) => `    - ${grant}\n`).join('') + text.slice(end);
}
