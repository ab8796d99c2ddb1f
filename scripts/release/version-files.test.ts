import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { releaseChangelog, versionFiles, withVersion } from './version-files.ts';

test.each(versionFiles)('$name contains the version in package.json', (file) => {
  const text = readFileSync(file.url, 'utf8');
  expect(withVersion(file, text, packageJson.version)).toBe(text);
});

test.each(versionFiles)(
  'a new version replaces the old one in every line of $name that contains it, and nowhere else',
  (file) => {
    const text = readFileSync(file.url, 'utf8');
    const changed = withVersion(file, text, '9.8.7');
    expect(changed.split('9.8.7')).toHaveLength(file.lines.length + 1);
    expect(withVersion(file, changed, packageJson.version)).toBe(text);
  },
);

test('a file without the version is an error', () => {
  const [file] = versionFiles;
  expect(file && (() => withVersion(file, 'name: skiff\n', '1.0.0'))).toThrow('has no line');
});

test('unreleased entries get a heading with version and date', () => {
  const released = releaseChangelog(
    '# C\n\n## Unreleased\n\n- New.\n\n## 1.0.0\n',
    '1.1.0',
    new Date('2026-11-25T12:00Z'),
  );
  expect(released).toBe('# C\n\n## Unreleased\n\n## 1.1.0 – 2026-11-25\n\n- New.\n\n## 1.0.0\n');
});

test('a release without entries is an error', () => {
  expect(() => releaseChangelog('## Unreleased\n\n## 1.0.0\n\n- Old.\n', '1.1.0', new Date())).toThrow('nothing under');
});
