import { expect, test } from 'vitest';
import { isPreRelease, releaseProblem } from './release-arguments.ts';

test.each(['patch', '1.2.3', 'v1.2.3', '1.0.0-rc.1'])('%s can be released', (version) => {
  expect(releaseProblem([version])).toBeUndefined();
});

test('a pre-release can have an identifier', () => {
  expect(releaseProblem(['preminor', '--preid', 'rc'])).toBeUndefined();
});

test.each([
  ['1.2.3+build.5', 'build metadata'],
  ['1.0.0-rc.1+5', 'build metadata'],
  ['1.2', 'expected a version'],
  ['latest', 'expected a version'],
  ['minro', 'did you mean minor?'],
  [`1.0.0-${'a'.repeat(130)}`, '128 characters'],
])('%s cannot be released, and the message says why', (version, reason) => {
  expect(releaseProblem([version])).toContain(reason);
  expect(releaseProblem([])).toContain('a version is missing');
});

test('pre-releases are distinguished from releases', () => {
  expect([isPreRelease('1.0.0-rc.1'), isPreRelease('1.0.0')]).toEqual([true, false]);
});
