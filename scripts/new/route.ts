import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Word, withWord } from './word.ts';

/** The files that every new domain starts from: working code with tests, and no "a" or "an" before the word "thing". */
const TEMPLATE = join(import.meta.dirname, 'things');

const DOMAINS = 'internal/app/domains.ts';
const SETTINGS = 'config/default.yaml';

/**
 * Adds a domain: its own folder, an entry in the list of domains, and roles that may use it.
 *
 * @returns the files that were written, in that order.
 * @throws Error if the folder already exists, before anything is written.
 */
export function addRoute(root: string, word: Word): string[] {
  const folder = `internal/${word.plural}`;
  if (existsSync(join(root, folder))) throw new Error(`${folder} already exists`);
  const changed = [
    [DOMAINS, withDomain(readFileSync(join(root, DOMAINS), 'utf8'), word)],
    [SETTINGS, withGrants(readFileSync(join(root, SETTINGS), 'utf8'), word)],
  ] as const;
  const created = readdirSync(TEMPLATE).map((name) => {
    const text = readFileSync(join(TEMPLATE, name), 'utf8')
      .replaceAll('../../../pkg/', '../../pkg/')
      .replaceAll('../../../internal/', '../');
    return [`${folder}/${withWord(name, word)}`, withWord(text, word)] as const;
  });
  mkdirSync(join(root, folder), { recursive: true });
  const files = [...created, ...changed];
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  return files.map(([path]) => path);
}

/** Adds an import at the top, and an entry at the end of the list. */
function withDomain(text: string, word: Word): string {
  const create = withWord('createThings', word);
  const end = text.lastIndexOf(']');
  const before = text.slice(0, end);
  // The last entry of a list on one line has no trailing comma yet.
  const comma = /(?:[[,]|\/\/.*\n)\s*$/.test(before) ? '' : ',';
  return `import { ${create} } from '../${word.plural}/${word.plural}.ts';\n${before}${comma}${create},${text.slice(end)}`;
}

/** Adds the roles of the domain after the existing ones. */
function withGrants(text: string, { plural }: Word): string {
  const grants = [
    `${plural}-reader=${plural}:read`,
    ...['read', 'write'].map((action) => `${plural}-editor=${plural}:${action}`),
  ];
  const list = /^ {2}grants:\n(?: {4}- .*\n)+/m.exec(text);
  if (list === null)
    throw new Error(`${SETTINGS}: expected auth.grants as a list with one "- role=permission" entry per line`);
  const end = list.index + list[0].length;
  return text.slice(0, end) + grants.map((grant) => `    - ${grant}\n`).join('') + text.slice(end);
}
