import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../plan.ts';
import { readTree } from '../tree.ts';

const template = readTree(join(import.meta.dirname, '../../..'));
const { tree } = plan(template, { name: 'orders', owner: 'Ada', registry: 'registry.test', without: [] });

/** Records keep their figures: their index says that they were measured on the template. */
const DOCUMENTS = [...tree].filter(([path]) => path.endsWith('.md') && !path.startsWith('docs/decisions/0'));

test('the README of a service does not present it as a template', () => {
  const readme = tree.get('README.md')?.text;
  expect(readme).toContain('# Orders');
  expect(readme).not.toMatch(/template\/|\bstarter\b|is tested with|LONG=1/i);
});

test.each(DOCUMENTS)('%s of a service claims nothing that was only measured on the template', (_path, { text }) => {
  expect(text).not.toMatch(
    /los(?:es?|ing)\s+(?:no|a)\s+request|lost\s+request|without\s+losing|benchmark|faster\s+than|\bmeasured\b(?! there)/i,
  );
  expect(text).not.toMatch(
    /\b(?:after|in)\s+(?:about\s+)?[\d.]+\s+to\s+[\d.]+\s+(?:ms|s)\b|\b[\d,]{4,}\s+requests\s+per\s+second/i,
  );
});
