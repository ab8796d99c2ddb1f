import { expect, test } from 'vitest';
import {
  cut,
  cutAll,
  cutBlock,
  cutEntry,
  cutLines,
  cutMatch,
  cutParagraph,
  cutSection,
  replace,
  replaceMatch,
} from './edits.ts';

test('a text is replaced, and must occur once', () => {
  expect(replace('b', 'x')('abc')).toBe('axc');
  expect(cut('b')('abc')).toBe('ac');
  expect(() => cut('b')('ac')).toThrow('expected once');
  expect(() => cut('b')('abcb')).toThrow('expected once');
});

test('lines and matches are removed, and there must be one', () => {
  expect(cutLines(/^- b/)('- a\n- b\n- c\n')).toBe('- a\n- c\n');
  expect(() => cutLines(/^- d/)('- a\n')).toThrow('expected a line');
  expect(cutAll(/b+/g)('abcbb')).toBe('ac');
  expect(() => cutAll(/d/g)('a')).toThrow('expected a match');
});

test.each([
  ['const all = [one, two];', 'const all = [ two];'],
  ['const all = [zero, one];', 'const all = [zero, ];'],
  ['const all = [one];', 'const all = [];'],
  ['const all = [\n  // why\n  one,\n];', 'const all = [\n  // why\n  \n];'],
  [
    "import { one } from './one.ts';\nconst all = [\n  one,\n  two,\n];",
    "import { one } from './one.ts';\nconst all = [\n  \n  two,\n];",
  ],
])('the entry of %j is removed', (text, expected) => {
  expect(cutEntry('one')(text)).toBe(expected);
});

test('an entry that is part of a longer one is not found', () => {
  expect(() => cutEntry('one')('[someone, ones]')).toThrow('expected an entry');
});

test('a section is removed with its subsections, and ends at the next heading of its rank outside code', () => {
  const text = '# A\n\n## B\n\n```sh\n## no heading\n```\n\n### C\n\n## D\n\nd\n';
  expect(cutSection('## B')(text)).toBe('# A\n\n## D\n\nd\n');
  expect(cutSection('## D')(text)).toBe(text.slice(0, text.indexOf('\n## D')));
  expect(() => cutSection('## E')(text)).toThrow('expected the heading');
});

test('a paragraph is found by its beginning', () => {
  expect(cutParagraph('b ')('a\n\nb c\nd\n\ne\n')).toBe('a\n\ne\n');
  expect(() => cutParagraph('x')('a\n')).toThrow('expected a paragraph');
});

test.each([
  [/^b:$/, 'a: 1\n\nc: 3\n'],
  [/^a: 1$/, '# about b\nb:\n  - name: x\n    y: z\n\n  - name: v\n\nc: 3\n'],
  [/^- name: x$/, 'a: 1\n\n# about b\nb:\n\n  - name: v\n\nc: 3\n'],
  [/^- name: v$/, 'a: 1\n\n# about b\nb:\n  - name: x\n    y: z\n\nc: 3\n'],
])('the block %s is removed with its comment and everything nested in it', (firstLine, expected) => {
  const text = 'a: 1\n\n# about b\nb:\n  - name: x\n    y: z\n\n  - name: v\n\nc: 3\n';
  expect(cutBlock(firstLine)(text)).toBe(expected);
  expect(() => cutBlock(/^d:$/)(text)).toThrow('expected a block');
});

test('replaceMatch expects exactly one match', () => {
  expect(replaceMatch(/b+/, '$&')('abbc')).toBe('a$&c');
  expect(() => cutMatch(/b/)('abcb')).toThrow('not 2');
  expect(() => cutMatch(/b/)('a')).toThrow('not 0');
});
