/** A word for one and for several of a kind: `order`, `orders`. */
export interface Word {
  readonly one: string;
  readonly several: string;
}

/** By the rules of English as far as they are rules. */
export function singularOf(several: string): string {
  if (/(?:[^aeiou])ies$/.test(several)) return several.replace(/ies$/, 'y');
  if (/(?:s|x|z|ch|sh)es$/.test(several)) return several.replace(/es$/, '');
  return several.replace(/s$/, '');
}

/** Why a domain cannot have this name, or undefined when it can. */
export function problemWithWord({ one, several }: Word): string | undefined {
  for (const word of [one, several]) {
    if (!/^[a-z][a-z0-9]*$/.test(word)) return `${word}: one word of lower-case letters and digits is needed`;
  }
  return one === several
    ? `${several}: it must be a plural; --singular names the singular if it is none by rule`
    : undefined;
}

/** Puts the word in the place of `thing` and `things`, in small letters and with a capital. */
export function withWord(text: string, { one, several }: Word): string {
  return text
    .replaceAll('Things', capital(several))
    .replaceAll(/(?<![A-Za-z])things/g, several)
    .replaceAll('Thing', capital(one))
    .replaceAll(/(?<![A-Za-z])thing/g, one);
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
