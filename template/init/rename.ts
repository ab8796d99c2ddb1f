import type { Name } from './name.ts';

/**
 * Replaces a name by another, each time in the matching spelling: as part of a longer word (`skiffUrl`,
 * `skiff_writes_total`, `SkiffDown`) the name has no hyphens or spaces.
 */
export function rename(text: string, from: Name, to: Name): string {
  return text
    .replaceAll(from.constant, to.constant)
    .replaceAll(wordPart(from.pascal), (_, before, after) => (before || after ? to.pascal : to.title))
    .replaceAll(wordPart(from.kebab), (_, before, after) => {
      if (before === '_' || after === '_') return to.snake;
      if (after) return before ? to.snake : to.camel;
      return before ? to.snake : to.kebab;
    });
}

/** Matches the word, and captures the word characters on either side. */
function wordPart(word: string): RegExp {
  return new RegExp(`(?:(?<=([A-Za-z0-9_]))|)${word}(?:(?=([A-Za-z0-9_]))|)`, 'g');
}
