/** A fenced block of code in Markdown. */
export interface Block {
  /** Title of the section that it is in. */
  readonly section: string;
  readonly language: string;
  readonly code: string;
}

/** Returns the code blocks of a document in their order. */
export function blocksIn(markdown: string): Block[] {
  let section = '';
  const blocks: Block[] = [];
  for (const { groups = {} } of markdown.matchAll(/^```(?<language>\S*)\n(?<code>.*?)^```$|^#+ (?<title>[^\n]+)$/gms)) {
    const { language, code = '', title } = groups;
    if (language === undefined) section = title ?? '';
    else blocks.push({ section, language, code });
  }
  return blocks;
}
