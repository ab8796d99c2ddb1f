import type { Name } from './name.ts';

/**
 * Puts one name in the place of another, each time in the spelling that the place takes: one that is part of a longer
 * word (`skiffUrl`, `skiff_writes_total`, `SkiffDown`) takes no hyphen and no space.
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

/** The word, with a look at the characters on both sides. */
function wordPart(word: string): RegExp {
  return new RegExp(`(?:(?<=([A-Za-z0-9_]))|)${word}(?:(?=([A-Za-z0-9_]))|)`, 'g');
}
