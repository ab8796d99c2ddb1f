import { expect, test } from 'vitest';
import lock from '../package-lock.json' with { type: 'json' };
import { checkLicenses, type LockedPackage } from './license-policy.ts';

const violationsOf = (packages: Record<string, LockedPackage>) => checkLicenses(packages).violations;

test('every dependency of this project has a licence that is allowed', () => {
  const { counts, violations } = checkLicenses(lock.packages);
  expect(violations).toEqual([]);
  expect(counts.get('MIT')).toBeGreaterThan(10);
});

test.each(['MIT', 'MIT OR GPL-3.0-only', '(MIT OR GPL-3.0-only)', 'MIT AND ISC'])('%s may be shipped', (license) => {
  expect(violationsOf({ 'node_modules/a': { version: '1.0.0', license } })).toEqual([]);
});

test.each([
  'GPL-3.0-only',
  'AGPL-3.0-or-later',
  'MIT AND GPL-3.0-only',
  'MPL-2.0',
  'SEE LICENSE IN x',
  'UNLICENSED',
  '',
])('%j may not be shipped', (license) => {
  expect(violationsOf({ 'node_modules/@x/a': { version: '1.0.0', license } })).toEqual([`@x/a@1.0.0: ${license}`]);
});

test('a tool may have a licence that a part of the product may not', () => {
  const license = 'MPL-2.0';
  expect(violationsOf({ 'node_modules/a': { version: '1.0.0', license, dev: true } })).toEqual([]);
});

test('a package without a licence is refused, unless it is the build of one that has', () => {
  const build = { 'node_modules/b': { version: '1.0.0' } };
  expect(violationsOf(build)).toEqual(['b@1.0.0: none stated']);
  const parent = { license: 'MIT', optionalDependencies: { b: '1.0.0' } };
  expect(violationsOf({ 'node_modules/a': parent, ...build })).toEqual([]);
});
