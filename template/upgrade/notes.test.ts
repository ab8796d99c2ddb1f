import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { features } from '../init/features/features.ts';
import { newItems } from './notes.ts';

const BEFORE = '# Changelog\n\nText.\n\n## Unreleased\n\n- One\n  on two lines.\n\n## 1.0.0\n\n- Old.\n';
const AFTER =
  '# Changelog\n\nText.\n\n## 1.1.0\n\n- Three.\n- Two\n  on two lines.\n- One\n  on two lines.\n\n## 1.0.0\n\n- Old.\n';

test('items that were added are returned below their headings, whole, and nothing else', () => {
  expect(newItems(BEFORE, AFTER)).toBe('## 1.1.0\n- Three.\n- Two\n  on two lines.');
  expect(newItems(AFTER, AFTER)).toBe('');
  expect(newItems('', BEFORE)).toBe('## Unreleased\n- One\n  on two lines.\n## 1.0.0\n- Old.');
});

test('items below headings that are not shown are left out', () => {
  expect(newItems('', '## all\n\n- A.\n\n## consul\n\n- B.\n', (heading) => heading !== 'consul')).toBe('## all\n- A.');
});

test('the headings of UPGRADING.md are features, so that each service is shown its own notes', () => {
  const text = readFileSync(join(import.meta.dirname, '../UPGRADING.md'), 'utf8');
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings[0]).toBe('all services');
  expect(features.map(({ name }) => name)).toEqual(expect.arrayContaining(headings.slice(1)));
});
