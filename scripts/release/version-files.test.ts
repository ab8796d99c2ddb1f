import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { versionFiles, withVersion } from './version-files.ts';

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
