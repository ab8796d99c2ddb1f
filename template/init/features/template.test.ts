import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../plan.ts';
import { readTree } from '../tree.ts';

test('the README of a service makes no claims that were only proved for the template', () => {
  const template = readTree(join(import.meta.dirname, '../../..'));
  const { tree } = plan(template, { name: 'orders', owner: 'Ada', registry: 'registry.test', without: [] });
  const readme = tree.get('README.md')?.text;
  expect(readme).toContain('# Orders');
  expect(readme).not.toMatch(
    /template\/|\bstarter\b|loses? no|lost request|is tested with|benchmark|faster than|LONG=1/i,
  );
});
