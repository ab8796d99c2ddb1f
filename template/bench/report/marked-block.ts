const BEGIN = '<!-- bench:begin, written by `npm run bench -- --write` -->';
const END = '<!-- bench:end -->';

/**
 * Puts `block` between the markers and leaves everything else as it is: the prose around the figures is written by
 * people. A text without markers gets them at its end.
 *
 * @throws Error when there is only one of the markers, or they are in the wrong order.
 */
export function replaceMarkedBlock(text: string, block: string): string {
  const marked = `${BEGIN}\n\n${block.trim()}\n\n${END}`;
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 && end < 0) return `${text.trimEnd()}\n\n${marked}\n`;
  if (begin < 0 || end < begin) throw new Error(`the text needs both markers, in order: ${BEGIN} and ${END}`);
  return `${text.slice(0, begin)}${marked}${text.slice(end + END.length)}`;
}
