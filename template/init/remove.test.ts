import { expect, test } from 'vitest';
import { cut } from './edits.ts';
import { removeFeatures } from './remove.ts';
import type { Tree } from './tree.ts';

const tree: Tree = new Map(
  Object.entries({
    'a/one.ts': "import { two } from '../b/two.ts';\nimport { three } from '../three.ts';\nuse(two, three);\n",
    'b/two.ts': '',
    'b/c/two.ts': '',
    'three.ts': '',
  }).map(([path, text]) => [path, { origin: path, text }]),
);
const feature = { name: 'b', about: '', files: ['b'], edits: [['a/one.ts', cut('two, ')]] } as const;

test('a folder is removed with its files and the imports of them, and the rest stays', () => {
  const rest = removeFeatures(tree, [feature]);
  expect([...rest.keys()]).toEqual(['a/one.ts', 'three.ts']);
  expect(rest.get('a/one.ts')?.text).toBe("import { three } from '../three.ts';\nuse(three);\n");
});

test('an edit that two features share is applied once, and edits to a removed file are skipped', () => {
  const shared = { ...feature, name: 'shared', files: [] };
  expect(removeFeatures(tree, [feature, shared]).get('a/one.ts')?.text).toContain('use(three);');
  const other = { name: 'a', about: '', files: ['a'], edits: [] };
  expect([...removeFeatures(tree, [feature, other]).keys()]).toEqual(['three.ts']);
});

test('an edit of several files is applied to each of them', () => {
  const text = 'two, three';
  const files: Tree = new Map(['a', 'c', 'b'].map((path) => [path, { origin: path, text }]));
  const edit = cut('two, ');
  const edits = [
    ['a', edit],
    ['c', edit],
  ] as const;
  const rest = removeFeatures(files, [{ ...feature, edits }]);
  expect([...rest.values()].map((file) => file.text)).toEqual(['three', 'three']);
});

test('a missing file and an edit that does not match are errors that name the feature and the file', () => {
  expect(() => removeFeatures(tree, [{ ...feature, files: ['d'] }])).toThrow('feature b: there is no d');
  const edits = [['a/one.ts', cut('nothing')]] as const;
  expect(() => removeFeatures(tree, [{ ...feature, edits }])).toThrow('feature b: a/one.ts: expected once');
});
