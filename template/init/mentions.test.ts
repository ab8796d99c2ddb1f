import { expect, test } from 'vitest';
import { withoutMentions } from './mentions.ts';

const GONE = [
  ...['docs/gone.md', 'deploy/gone', 'pkg/gone', 'pkg/gone/a.ts'],
  ...['charts/x/templates/_gone.tpl', 'charts/x/templates/goneobject.yaml'],
];
const isGone = (target: string) => GONE.includes(target);

test('imports of a removed file are removed, and entries that begin with its path or are an imported name', () => {
  const text = `import { a, type B, c as d } from '../gone/a.ts';
import { b } from './b.ts';
const all = {
  a,
  b,
  key: a,
  a: b,
  ...d,
};
const files = [
  versionFile('deploy/gone', 1),
  'deploy/kept',
];
`;
  expect(withoutMentions('pkg/kept/x.ts', text, isGone)).toBe(`import { b } from './b.ts';
const all = {
  b,
  a: b,
};
const files = [
  'deploy/kept',
];
`);
});

test('a member whose type is an imported name of a removed file is removed with its comment', () => {
  const text = `import type { A, B } from '../gone/a.ts';
interface C {
  /** Kept. */
  a: string;
  /** Removed. */
  readonly b?: A;
  c: B;
  d: D;
}
`;
  expect(withoutMentions('pkg/kept/x.ts', text, isGone)).toBe(`interface C {
  /** Kept. */
  a: string;
  d: D;
}
`);
});

test('npm scripts and commands that run a removed program are removed', () => {
  const text = `{
  "scripts": {
    "gone": "node pkg/gone/a.ts --x",
    "check": "tsc && node docs/gone.md --check && node kept.ts",
    "kept": "node kept.ts"
  }
}
`;
  expect(withoutMentions('package.json', text, isGone)).toBe(`{
  "scripts": {
    "check": "tsc && node kept.ts",
    "kept": "node kept.ts"
  }
}
`);
});

test('a chart loses the names and the values of removed templates', () => {
  const names = '{{- define "integrations" -}}\ngone\nkept\n{{- end -}}\n';
  expect(withoutMentions('charts/x/templates/_integrations.tpl', names, isGone)).toBe(names.replace('gone\n', ''));
  const notes = '{{ include "x.kept.notes" . }}\n{{- include "x.gone.notes" . }}\n{{ include "x.gone" . }}\n';
  expect(withoutMentions('charts/x/templates/NOTES.txt', notes, isGone)).toBe(
    '{{ include "x.kept.notes" . }}\n{{ include "x.gone" . }}\n',
  );
  const values = '# A\na: 1\n\n# Gone\ngone:\n  b: 1\n\n# Gone too\ngoneObject:\n  c: 1\n\nd: 1\n';
  expect(withoutMentions('charts/x/values.yaml', values, isGone)).toBe('# A\na: 1\n\nd: 1\n');
});

test('the image is built without a removed folder', () => {
  const copies = 'COPY . .\nCOPY --chown=1:1 pkg/gone pkg/gone\nCOPY pkg/kept pkg\n';
  expect(withoutMentions('Dockerfile', copies, isGone)).toBe('COPY . .\nCOPY pkg/kept pkg\n');
  expect(withoutMentions('.dockerignore', '*\n!pkg/gone\n!pkg/kept\n', isGone)).toBe('*\n!pkg/kept\n');
});

test('a paragraph, an item and a row are removed when all their links lead to removed files', () => {
  const text = `# A

See [gone](gone.md#part)
on two lines.

Both [gone](gone.md) and [kept](kept.md).

- [gone](gone.md)
  goes on
- [kept](kept.md)

| a |
| --- |
| [gone](gone.md) |
| b |
`;
  expect(withoutMentions('docs/a.md', text, isGone)).toBe(`# A

Both [gone](gone.md) and [kept](kept.md).

- [kept](kept.md)

| a |
| --- |
| b |
`);
});

test('a paragraph that announces a code block is removed with it', () => {
  const code = '```sh\n[x](kept.md)\n```\n';
  const text = `# A\n\nWith [gone](gone.md):\n\n${code}\nWithout:\n\n${code}\n[gone](gone.md)\n\n${code}`;
  expect(withoutMentions('docs/a.md', text, isGone)).toBe(`# A\n\nWithout:\n\n${code}\n${code}`);
});

test('a heading is removed with the last text below it', () => {
  const text = '# A\n\n## B\n\n[gone](gone.md)\n\n## C\n\n### D\n\nd\n\n## E\n\n[gone](gone.md)\n';
  expect(withoutMentions('docs/a.md', text, isGone)).toBe('# A\n\n## C\n\n### D\n\nd\n');
});

test('code that looks like a link stays, and a directory listing loses the folder', () => {
  const text =
    '```text\npkg/a/    a\npkg/gone/ [gone](docs/gone.md)\n          on two lines\nx [y](docs/gone.md)\n```\n';
  expect(withoutMentions('README.md', text, isGone)).toBe('```text\npkg/a/    a\nx [y](docs/gone.md)\n```\n');
});
