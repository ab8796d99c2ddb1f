import { expect, test } from 'vitest';
import { linksIn, read } from '../../../test/docs/markdown.ts';
import { blocksIn } from './blocks.ts';

const ENGLISH = read('README.md');
const CHINESE = read('README.zh-CN.md');

/** Maximum number of lines of the README. */
const MAX_LINES = 140;

test.each([
  ['README.md', ENGLISH],
  ['README.zh-CN.md', CHINESE],
])('%s is short, and its code blocks are marked with a language and nothing else', (_, readme) => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
  expect(readme.match(/^```\w+ .*$/gm)).toBeNull();
  expect(blocksIn(readme).map(({ language }) => language)).not.toContain('');
});

test('the Chinese README has the sections, code blocks, links, tables and figures of the English one', () => {
  const sections = sectionsIn(ENGLISH);
  const translated = sectionsIn(CHINESE);
  expect(translated.map(({ level }) => level)).toEqual(sections.map(({ level }) => level));
  for (const [index, section] of sections.entries()) {
    expect(translated[index], section.title).toMatchObject({
      blocks: section.blocks,
      commands: section.commands,
      links: section.links.map((target) => (target === 'README.zh-CN.md' ? 'README.md' : target)),
      rows: section.rows,
      figures: section.figures,
    });
  }
});

test('each figure among the guarantees is in the document that the row links to', () => {
  const rows = ENGLISH.split('\n').filter((line) => /^\| .*\]\(template\//.test(line));
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) {
    const [target = ''] = linksIn(row);
    const document = figuresIn(read(target.split('#')[0] ?? ''));
    const [, , measured = ''] = row.split('|');
    expect(
      figuresIn(measured).filter((figure) => !document.includes(figure)),
      row,
    ).toEqual([]);
  }
});

interface Section {
  readonly level: number;
  readonly title: string;
  readonly blocks: readonly unknown[];
  readonly commands: readonly string[];
  readonly links: readonly string[];
  readonly rows: number;
  readonly figures: readonly string[];
}

function sectionsIn(markdown: string): Section[] {
  return markdown.split(/^(?=#+ )/m).map((text) => {
    const [, marks = '', title = ''] = /^(#+) (.+)/.exec(text) ?? [];
    const prose = text.replace(/^```.*?^```$/gms, '');
    return {
      level: marks.length,
      title,
      blocks: blocksIn(text).map(({ language, code }) => ({ language, code })),
      commands: (prose.match(/`[^`\n]+`/g) ?? []).sort(),
      links: linksIn(text).sort(),
      rows: prose.match(/^\|/gm)?.length ?? 0,
      figures: figuresIn(prose).sort(),
    };
  });
}

function figuresIn(text: string): string[] {
  return text.match(/\d+(?:[.,]\d+)*/g) ?? [];
}
