/**
 * Returns the list items of a Markdown document that an older one does not have, below their headings.
 *
 * @param isShown whether the items below a heading are wanted.
 */
export function newItems(before: string, after: string, isShown = (_heading: string) => true): string {
  const known = new Set(blocksOf(before));
  const shown: string[] = [];
  let heading = '';
  let pending = '';
  for (const block of blocksOf(after)) {
    if (block.startsWith('#')) {
      heading = block.replace(/^#+ /, '');
      pending = block;
    } else if (block.startsWith('- ') && !known.has(block) && isShown(heading)) {
      shown.push(...(pending === '' ? [] : [pending]), block);
      pending = '';
    }
  }
  return shown.join('\n');
}

/** Splits a document into headings, list items with their following lines, and paragraphs. */
function blocksOf(markdown: string): string[] {
  return markdown
    .split(/\n\n|\n(?=- |#)/)
    .map((block) => block.trim())
    .filter((block) => block !== '');
}
