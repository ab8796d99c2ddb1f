import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsIn, linksIn, markdownFiles, ROOT, read } from './markdown.ts';

test('every relative link in every Markdown file has an existing target and anchor', () => {
  const files = markdownFiles();
  const links = files.flatMap((file) => linksIn(read(file)).map((target) => ({ file, target })));
  expect(files).toContain('README.md');
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(isBroken)).toEqual([]);
});

test.each([
  ['a missing file', 'docs/no-such-file.md'],
  ['a missing anchor', '#no-such-heading'],
  ['a missing anchor of another file', 'SECURITY.md#no-such-heading'],
])('%s is detected', (_, target) => {
  expect(isBroken({ file: 'README.md', target })).toBe(true);
});

test('anchors are derived from headings as GitLab and GitHub derive them', () => {
  expect(anchorsIn('# A b_c: `d` & e!\n## A\n## A\n```sh\n# no\n```\n')).toEqual(new Set(['a-b_c-d--e', 'a', 'a-1']));
});

function isBroken({ file, target }: { file: string; target: string }): boolean {
  if (/^[a-z]+:/.test(target)) return false;
  const [path = '', anchor] = target.split('#');
  const to = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(ROOT, to))) return true;
  return anchor !== undefined && to.endsWith('.md') && !anchorsIn(read(to)).has(anchor);
}
