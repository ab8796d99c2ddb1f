import { expect, test } from 'vitest';
import { problemWithOwner, readOwner } from './owner.ts';

const EMAIL = 'checkout@example.com';

test.each([
  ['Team Checkout', { name: 'Team Checkout', codeOwners: [] }],
  [`Team Checkout <${EMAIL}>`, { name: 'Team Checkout', email: EMAIL, codeOwners: [EMAIL] }],
  [EMAIL, { name: EMAIL, email: EMAIL, codeOwners: [EMAIL] }],
  ['@ada', { name: '@ada', codeOwners: ['@ada'] }],
  ['@org/team', { name: '@org/team', codeOwners: ['@org/team'] }],
  ['@group/sub.group/team_1', { name: '@group/sub.group/team_1', codeOwners: ['@group/sub.group/team_1'] }],
  [`@org/team <${EMAIL}>`, { name: '@org/team', email: EMAIL, codeOwners: ['@org/team'] }],
  [`@ada, ${EMAIL}`, { name: `@ada, ${EMAIL}`, email: EMAIL, codeOwners: ['@ada', EMAIL] }],
  [`@ada Team`, { name: '@ada Team', codeOwners: [] }],
  ['@', { name: '@', codeOwners: [] }],
  ['@-x', { name: '@-x', codeOwners: [] }],
  ['Team <nobody>', { name: 'Team <nobody>', codeOwners: [] }],
  ['  Team "A": B & C #1  ', { name: 'Team "A": B & C #1', codeOwners: [] }],
])('%j is read', (text, owner) => {
  expect(readOwner(text)).toEqual(owner);
});

test.each([
  'Team Checkout',
  '結帳團隊',
  "Zoë's Überteam",
  'R&D: "Payments" #1',
  '@org/team',
  '{{ team }}',
  '$(id)',
  '🚀 1',
])('%j is a valid owner', (text) => {
  expect(problemWithOwner(text)).toBeUndefined();
});

test.each([
  ['', 'expected the name'],
  ['  ', 'expected the name'],
  ['Team\nCheckout', 'one line'],
  ['Team\u2028Checkout', 'one line'],
  ['Team\u0000', 'one line'],
  ['---', 'letter or digit'],
  ['🚀', 'letter or digit'],
  ['x'.repeat(201), '200 characters'],
])('%j is rejected as an owner', (text, reason) => {
  expect(problemWithOwner(text)).toContain(reason);
});
