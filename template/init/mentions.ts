import { posix } from 'node:path';

/** Reports whether a file or folder was removed, by its path from the root. */
type IsGone = (target: string) => boolean;

/**
 * Removes mentions of removed files that the text alone identifies. In TypeScript: imports, and list entries that are an
 * imported name or begin with a path. In Markdown: paragraphs, list items and table rows whose links all lead to removed
 * files, and lines of a directory listing.
 */
export function withoutMentions(path: string, text: string, isGone: IsGone): string {
  const isTargetGone = (target: string) => isGone(posix.join(posix.dirname(path), target));
  if (path.endsWith('.ts')) return withoutPaths(withoutImports(text, isTargetGone), isGone);
  if (path.endsWith('.md')) return withoutListing(withoutLinks(text, isTargetGone), isGone);
  return text;
}

const IMPORT = /^(?:import|export) ([^'"`;]*?)from '(\.[^']+)';\n/gm;

function withoutImports(text: string, isGone: IsGone): string {
  const names: string[] = [];
  const rest = text.replaceAll(IMPORT, (statement, imported: string, target: string) => {
    if (!isGone(target)) return statement;
    names.push(...namesIn(imported));
    return '';
  });
  return names.reduce(withoutName, rest);
}

/** Returns the local names of an import clause: `a` and `c` of `{ a, type B, b as c }`. */
function namesIn(clause: string): string[] {
  return [...clause.matchAll(/(?<!\btype )\b(?!type\b)(\w+)(?=\s*[,}])/g)].map(([name]) => name);
}

/** Removes the entries that are an imported name, alone on their line: `name,` `...name,` `key: name,` */
function withoutName(text: string, name: string): string {
  return text.replaceAll(new RegExp(`^ +(?:\\.\\.\\.|\\w+: )?${name},\n`, 'gm'), '');
}

/** An entry that begins with a path from the root, alone on its line: `versionFile('deploy/values.yaml', 1),` */
const PATH = /^ +(?:\w+\()?'([\w.-]+\/[^']+)'.*,\n/gm;

function withoutPaths(text: string, isGone: IsGone): string {
  return text.replaceAll(PATH, (line, target: string) => (isGone(target) ? '' : line));
}

/** The first line of a Markdown block that needs no blank line before it. */
const BLOCK_START = /^ *(?:\||#|[-*] |\d+\. )/;

/** Removes the blocks whose links all lead to removed files. */
function withoutLinks(text: string, isGone: IsGone): string {
  const blocks: { text: string; fenced: boolean }[] = [];
  let fenced = false;
  let open = false;
  for (const line of text.split('\n')) {
    const isFence = /^ *```/.test(line);
    const last = blocks.at(-1);
    const joins = open && last !== undefined && !fenced && !isFence && line !== '' && !BLOCK_START.test(line);
    if (joins) last.text += `\n${line}`;
    else blocks.push({ text: line, fenced: fenced || isFence });
    if (isFence) fenced = !fenced;
    open = !fenced && !isFence && line !== '' && !line.startsWith('#');
  }
  const kept = blocks.filter((block) => block.fenced || !leadsNowhere(block.text, isGone));
  if (kept.length === blocks.length) return text;
  const rest = kept.map((block) => block.text).join('\n');
  return rest.replaceAll(/\n{3,}/g, '\n\n');
}

function leadsNowhere(block: string, isGone: IsGone): boolean {
  const targets = [...block.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  return targets.length > 0 && targets.every(isGone);
}

/** `deploy/   other ways to run it`, with its indented continuation lines. */
const LISTED = /^([\w./-]+)\/ +\S.*\n(?: {4,}\S.*\n)*/gm;

function withoutListing(text: string, isGone: IsGone): string {
  return text.replaceAll(LISTED, (lines, target: string) => (isGone(target) ? '' : lines));
}
