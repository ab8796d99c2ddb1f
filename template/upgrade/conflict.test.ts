import { expect, test } from 'vitest';
import { keepOurs, mergeLines } from './conflict.ts';

const conflict = (ours: string, base: string | undefined, theirs: string) =>
  `a\n<<<<<<< HEAD\n${ours}${base === undefined ? '' : `||||||| base\n${base}`}=======\n${theirs}>>>>>>> theirs\nb\n`;
const IMPORT = (name: string) => `import { ${name} } from './${name}.ts';\n`;

test.each([undefined, 'base\n', ''])('ours is kept, with the base %j', (base) => {
  const text = conflict('ours\n', base, 'theirs\n');
  expect(keepOurs(text + text)).toBe('a\nours\nb\na\nours\nb\n');
});

test.each([
  ['both add an entry', '  mine,\n', '', '  theirs,\n', '  mine,\n  theirs,\n'],
  ['one adds an entry next to one that the other removes', '  mine,\n  old,\n', '  old,\n', '', '  mine,\n'],
  ['both add settings', '  mine: mineSchema,\n', '', '  log: logSchema,\n', '  mine: mineSchema,\n  log: logSchema,\n'],
  ['both add imports', IMPORT('mine'), '', IMPORT('theirs'), IMPORT('mine') + IMPORT('theirs')],
])('in a list, %s', (_, ours, base, theirs, expected) => {
  expect(mergeLines(conflict(ours, base, theirs), true)).toBe(`a\n${expected}b\n`);
});

test.each([
  ['other code', '  mine();\n', '', '  theirs();\n', true],
  ['entries outside a list', '  mine,\n', '', '  theirs,\n', false],
  ['an unknown base', '  mine,\n', undefined, '  theirs,\n', true],
])('%s stays a conflict', (_, ours, base, theirs, isList) => {
  const text = conflict(ours, base, theirs);
  expect(mergeLines(text, isList)).toBe(text);
});
