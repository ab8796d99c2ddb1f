import { posix } from 'node:path';
import { cutBlock } from './edits.ts';

/** Reports whether a file or folder was removed, by its path from the root. */
type IsGone = (target: string) => boolean;

/**
 * Removes mentions of removed files that the text alone identifies. In TypeScript: imports, list entries that are an imported
 * name or begin with a path, and members whose type is an imported name. In Markdown: paragraphs, list items and table rows
 * whose links all lead to removed files, with the code block that such a paragraph announces (`:`), headings with nothing else
 * below them, and lines of a directory listing. In a chart: names, includes and values of removed templates. For an image: what
 * the build copies. In package.json: npm scripts that begin with a removed program, and such commands in other scripts.
 */
export function withoutMentions(path: string, text: string, isGone: IsGone): string {
  const isTargetGone = (target: string) => isGone(posix.join(posix.dirname(path), target));
  if (path.endsWith('.ts')) return withoutPaths(withoutImports(text, isTargetGone), isGone);
  if (path === 'package.json') return withoutPrograms(text, isGone);
  if (path.endsWith('.md')) return withoutListing(withoutLinks(text, isTargetGone), isGone);
  if (path.includes('/templates/')) return withoutTemplates(text, isTargetGone);
  if (path.endsWith('/values.yaml')) return withoutValues(text, isTargetGone);
  if (path === 'Dockerfile' || path === '.dockerignore') return withoutCopies(text, isGone);
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

/**
 * Removes the entries that are an imported name, alone on their line: `name,` `...name,` `key: name,` and the members of this
 * type, with their comment: `readonly key?: name;`
 */
function withoutName(text: string, name: string): string {
  const entry = new RegExp(`^ +(?:\\.\\.\\.|\\w+: )?${name},\n`, 'gm');
  const member = new RegExp(`^(?: +/\\*\\*[^*]*\\*/\n)? +(?:readonly )?\\w+\\??: ${name};\n`, 'gm');
  return text.replaceAll(entry, '').replaceAll(member, '');
}

/** An entry that begins with a path from the root, alone on its line: `versionFile('deploy/values.yaml', 1),` */
const PATH = /^ +(?:\w+\()?'([\w.-]+\/[^']+)'.*,\n/gm;

function withoutPaths(text: string, isGone: IsGone): string {
  return text.replaceAll(PATH, (line, target: string) => (isGone(target) ? '' : line));
}

/** `"docs": "node scripts/docs/main.ts",`, with the line break, and ` && node scripts/docs/main.ts --check`. */
const SCRIPT = /^ {4}"[^"]+": "node ([\w./-]+)[^"]*",?\n/gm;
const COMMAND = / && node ([\w./-]+)(?: -[\w-]+)*/g;

function withoutPrograms(text: string, isGone: IsGone): string {
  const withoutIt = (found: string, program: string) => (isGone(program) ? '' : found);
  return text.replaceAll(SCRIPT, withoutIt).replaceAll(COMMAND, withoutIt);
}

/** The first line of a Markdown block that needs no blank line before it. */
const BLOCK_START = /^ *(?:\||#|[-*] |\d+\. )/;

/** Removes the blocks whose links all lead to removed files. */
function withoutLinks(text: string, isGone: IsGone): string {
  const blocks: MarkdownBlock[] = [];
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
  const removed = new Set<MarkdownBlock>();
  for (const [index, block] of blocks.entries()) {
    if (block.fenced || !leadsNowhere(block.text, isGone)) continue;
    removed.add(block);
    if (block.text.endsWith(':')) for (const line of codeAfter(blocks.slice(index + 1))) removed.add(line);
  }
  const kept = blocks.filter((block) => !removed.has(block));
  if (kept.length === blocks.length) return text;
  const rest = kept
    .filter((_, index) => !isEmptySection(kept.slice(index)))
    .map((block) => block.text)
    .join('\n');
  return `${rest.replaceAll(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}

interface MarkdownBlock {
  text: string;
  readonly fenced: boolean;
}

/** Returns the lines of the code block at the beginning, or none if something else comes first. */
function codeAfter(blocks: readonly MarkdownBlock[]): readonly MarkdownBlock[] {
  const start = blocks.findIndex(({ text }) => text !== '');
  if (!blocks[start]?.fenced) return [];
  const length = blocks.slice(start + 1).findIndex(({ text }) => /^ *```/.test(text));
  return blocks.slice(start, start + length + 2);
}

/** Reports whether the first block is a heading with nothing below it. */
function isEmptySection([heading, ...rest]: readonly MarkdownBlock[]): boolean {
  const rank = rankOf(heading);
  const next = rest.find(({ text }) => text !== '');
  return rank > 0 && (next === undefined || (rankOf(next) > 0 && rankOf(next) <= rank));
}

/** Returns the number of `#` of a heading, or 0 for other blocks. */
function rankOf(block: MarkdownBlock | undefined): number {
  if (block === undefined || block.fenced) return 0;
  return /^(#+) /.exec(block.text)?.[1]?.length ?? 0;
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

/** Matches a name alone on its line, `consul`, and a line that includes `skiff.consul.notes`. */
const TEMPLATE = /^(?:(?<name>\w+)|\{\{-? include "[\w-]+\.(?<included>\w+)\.\w+" .*)\n/gm;

/** Removes the lines about `consul` if `_consul.tpl` was removed. */
function withoutTemplates(text: string, isGone: IsGone): string {
  return text.replaceAll(TEMPLATE, (line, name?: string, included?: string) =>
    isGone(`_${name ?? included}.tpl`) ? '' : line,
  );
}

/** `COPY --chown=1:1 migrations migrations` of a Dockerfile, and `!migrations` of a .dockerignore. */
const COPY = /^(?:COPY (?:--\S+ )*(?<source>\S+) \S+|!(?<kept>\S+))\n/gm;

function withoutCopies(text: string, isGone: IsGone): string {
  return text.replaceAll(COPY, (line, source?: string, kept?: string) => (isGone(source ?? kept ?? '') ? '' : line));
}

/** Removes the values of a removed template: `prometheusRule` of `prometheusrule.yaml`, `controller` of `_controller.tpl`. */
function withoutValues(text: string, isGone: IsGone): string {
  const keys = [...text.matchAll(/^(\w+):/gm)].map(([, key = '']) => key);
  const removed = keys.filter((key) =>
    [`${key.toLowerCase()}.yaml`, `_${key}.tpl`].some((file) => isGone(`templates/${file}`)),
  );
  return removed.reduce((rest, key) => cutBlock(new RegExp(`^${key}:`))(rest), text);
}
