/** A conflict in a file, in each of git's styles. Its lines do not begin with a marker. */
const CONFLICT =
  /^<{7} .*\n(?<ours>(?:(?![<|=>]{7}).*\n)*)(?:\|{7}.*\n(?<base>(?:(?![<|=>]{7}).*\n)*))?={7}\n(?<theirs>(?:(?![<|=>]{7}).*\n)*)>{7} .*\n/gm;

export function hasConflict(text: string): boolean {
  return /^<{7} /m.test(text);
}

/** Resolves each conflict with what is here. */
export function keepOurs(text: string): string {
  return text.replaceAll(CONFLICT, '$<ours>');
}

const IMPORT = /^import .* from '.*';$/;
/** An entry of a list on a line of its own, or of an object: `createFlags,` `log: logSchema,` */
const ENTRY = /^ +(?:\.\.\.|\w+: )?\w+,$/;

/**
 * Resolves the conflicts in which both sides only add or remove imports, and in a file that is a list, entries: each line
 * that one side added is added, and each that one side removed is removed. The formatter sorts imports.
 *
 * @param text with conflicts in git's style `diff3`.
 */
export function mergeLines(text: string, isList: boolean): string {
  const isLine = (line: string) => IMPORT.test(line) || (isList && ENTRY.test(line));
  return text.replaceAll(CONFLICT, (conflict: string, ...matched) => {
    const { ours = '', base, theirs = '' }: Record<string, string | undefined> = matched.at(-1);
    const [here, before, there] = [ours, base ?? '', theirs].map((lines) => lines.split('\n').filter(Boolean));
    if (base === undefined || !here || !before || !there || ![...here, ...before, ...there].every(isLine))
      return conflict;
    const kept = here.filter((line) => there.includes(line) || !before.includes(line));
    const added = there.filter((line) => !before.includes(line) && !here.includes(line));
    return [...kept, ...added].map((line) => `${line}\n`).join('');
  });
}
