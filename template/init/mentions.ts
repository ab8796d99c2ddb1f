import { posix } from 'node:path';

/** Whether a file or folder was removed, by its path from the root. */
type IsGone = (target: string) => boolean;

/**
 * Takes out what names removed files in a way that can be told from the text alone: imports and entries of lists in
 * TypeScript; paragraphs, list items, table rows and lines of a directory listing in Markdown.
 */
export function withoutMentions(path: string, text: string, isGone: IsGone): string {
  const isTargetGone = (target: string) => isGone(posix.join(posix.dirname(path), target));
  if (path.endsWith('.ts')) return withoutEntries(withoutImports(text, isTargetGone), isGone);
  if (path.endsWith('.md')) return withoutListing(withoutLinks(text, isTargetGone), isGone);
  return text;
}

const IMPORT = /^(?:import|export) [^'"`;]*?from '(\.[^']+)';\n/gm;

function withoutImports(text: string, isGone: IsGone): string {
  return text.replaceAll(IMPORT, (statement, target: string) => (isGone(target) ? '' : statement));
}

/** An entry that begins with a path from the root, alone in its line: `versionFile('deploy/values.yaml', 1),` */
const ENTRY = /^ +(?:\w+\()?'([\w.-]+\/[^']+)'.*,\n/gm;

function withoutEntries(text: string, isGone: IsGone): string {
  return text.replaceAll(ENTRY, (line, target: string) => (isGone(target) ? '' : line));
}

/** A line that begins a block of Markdown by itself. */
const BLOCK_START = /^ *(?:\||#|[-*] |\d+\. )/;

/** Takes out the blocks all of whose links lead to removed files. */
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

/** `deploy/   what else runs it`, with the indented lines that go on with it. */
const LISTED = /^([\w./-]+)\/ +\S.*\n(?: {4,}\S.*\n)*/gm;

function withoutListing(text: string, isGone: IsGone): string {
  return text.replaceAll(LISTED, (lines, target: string) => (isGone(target) ? '' : lines));
}
