import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withOwner } from './ownership.ts';
import { readTree } from './tree.ts';

const TEMPLATE = readTree(join(import.meta.dirname, '../..'));

function filesFor(owner: string) {
  const tree = withOwner(TEMPLATE, owner, 'skiff');
  const textOf = (path: string) => tree.get(path)?.text ?? '';
  return {
    codeOwners: textOf('CODEOWNERS'),
    chart: textOf('charts/skiff/Chart.yaml'),
    security: textOf('SECURITY.md'),
  };
}

test.each([
  ['@org/checkout', '* @org/checkout'],
  ['Team Checkout <checkout@example.com>', '* checkout@example.com'],
  ['@ada, grace@example.com', '* @ada grace@example.com'],
])('%s owns every file in CODEOWNERS', (owner, line) => {
  expect(rulesOf(filesFor(owner).codeOwners)).toEqual([line]);
});

test.each(['Team Checkout', '結帳團隊', '* @org/x y', '[Section]', '#1'])('%s is a comment in CODEOWNERS', (owner) => {
  const { codeOwners } = filesFor(owner);
  expect(rulesOf(codeOwners)).toEqual([]);
  expect(codeOwners).toContain(`# Owner: ${owner}\n`);
});

function rulesOf(codeOwners: string): string[] {
  return codeOwners.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test.each([
  ...[
    'Team Checkout',
    'yes',
    'null',
    '42',
    'Zoë\'s "Überteam": R&D #1',
    '結帳團隊',
    '@org/team',
    '{{ x }}',
    '- a\\b',
    '🚀 1',
  ],
  `a${' long'.repeat(39)}`,
])('%j is a maintainer of the chart', (owner) => {
  const { chart } = filesFor(owner);
  expect(parse(chart, { version: '1.1' })).toMatchObject({ name: 'skiff', maintainers: [{ name: owner }] });
});

test('the chart has the mail address of the owner', () => {
  const { chart } = filesFor('Team Checkout <checkout@example.com>');
  expect(parse(chart).maintainers).toEqual([{ name: 'Team Checkout', email: 'checkout@example.com' }]);
});

test.each([
  [
    'Team *A* [x](y) <b>&amp;',
    'Report it to Team \\*A\\* \\[x\\](y) \\<b\\>\\&amp; in private: open a confidential issue',
  ],
  ['Ada <ada@example.com>', 'Report it to Ada in private: send mail to <ada@example.com>.'],
  ['ada@example.com', 'Report it to the owner of this service in private: send mail to <ada@example.com>.'],
])('SECURITY.md says how to report a vulnerability to %s', (owner, text) => {
  expect(filesFor(owner).security).toContain(`## Report a vulnerability\n\n${text}`);
});

test('SECURITY.md promises nothing in the name of the owner', () => {
  expect(filesFor('Ada').security).not.toMatch(/working days|ninety days|latest release/);
});
