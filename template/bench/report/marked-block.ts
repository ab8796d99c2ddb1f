const BEGIN = '<!-- bench:begin, written by `npm run bench -- --write` -->';
const END = '<!-- bench:end -->';

/**
 * Replaces the text between the markers with `block` and keeps everything else, which is written by hand. If the text has no
 * markers, appends them.
 *
 * @throws Error if only one of the markers is present, or if they are in the wrong order.
 */
export function replaceMarkedBlock(text: string, block: string): string {
  const marked = `${BEGIN}\n\n${block.trim()}\n\n${END}`;
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 && end < 0) return `${text.trimEnd()}\n\n${marked}\n`;
  if (begin < 0 || end < begin)
    throw new Error(`the text must contain both markers, in this order: ${BEGIN} and ${END}`);
  return `${text.slice(0, begin)}${marked}${text.slice(end + END.length)}`;
}
