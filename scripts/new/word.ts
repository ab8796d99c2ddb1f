/** A noun in singular and plural: `order`, `orders`. */
export interface Word {
  readonly singular: string;
  readonly plural: string;
}

/** Returns the singular of a regular plural. */
export function singularOf(plural: string): string {
  if (/(?:[^aeiou])ies$/.test(plural)) return plural.replace(/ies$/, 'y');
  if (/(?:s|x|z|ch|sh)es$/.test(plural)) return plural.replace(/es$/, '');
  return plural.replace(/s$/, '');
}

/** Returns why a domain cannot have this name, or undefined if it can. */
export function problemWithWord({ singular, plural }: Word): string | undefined {
  for (const word of [singular, plural]) {
    if (!/^[a-z][a-z0-9]*$/.test(word)) return `"${word}": expected a single word of lower-case letters and digits`;
  }
  return singular === plural
    ? `"${plural}": expected a plural; if it is one, give its singular with --singular`
    : undefined;
}

/** Replaces `thing` and `things`, lower-case and capitalized, with the word. */
export function withWord(text: string, { singular, plural }: Word): string {
  return text
    .replaceAll('Things', capitalized(plural))
    .replaceAll(/(?<![A-Za-z])things/g, plural)
    .replaceAll('Thing', capitalized(singular))
    .replaceAll(/(?<![A-Za-z])thing/g, singular);
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
