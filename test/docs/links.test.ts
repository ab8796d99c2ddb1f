import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsIn, linksIn, markdownFiles, ROOT, read } from './markdown.ts';

test('every relative link in every Markdown file leads somewhere, its anchor too', () => {
  const files = markdownFiles();
  const links = files.flatMap((file) => linksIn(read(file)).map((target) => ({ file, target })));
  expect(files).toContain('README.md');
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(isBroken)).toEqual([]);
});

test.each([
  ['a file that is not there', 'docs/no-such-file.md'],
  ['an anchor that is not there', '#no-such-heading'],
  ['an anchor of another file that is not there', 'SECURITY.md#no-such-heading'],
])('%s is found', (_, target) => {
  expect(isBroken({ file: 'README.md', target })).toBe(true);
});

test('anchors are made as GitLab and GitHub make them', () => {
  expect(anchorsIn('# A b_c: `d` & e!\n## A\n## A\n```sh\n# no\n```\n')).toEqual(new Set(['a-b_c-d--e', 'a', 'a-1']));
});

function isBroken({ file, target }: { file: string; target: string }): boolean {
  if (/^[a-z]+:/.test(target)) return false;
  const [path = '', anchor] = target.split('#');
  const to = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(ROOT, to))) return true;
  return anchor !== undefined && to.endsWith('.md') && !anchorsIn(read(to)).has(anchor);
}
