import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { versionFiles, withVersion } from './version-files.ts';

test.each(versionFiles)('$name names the version in package.json', (file) => {
  const text = readFileSync(file.url, 'utf8');
  expect(withVersion(file, text, packageJson.version)).toBe(text);
});

test.each(versionFiles)('another version is written to every line of $name that names it, and nowhere else', (file) => {
  const text = readFileSync(file.url, 'utf8');
  const changed = withVersion(file, text, '9.8.7');
  expect(changed.split('9.8.7')).toHaveLength(file.lines.length + 1);
  expect(withVersion(file, changed, packageJson.version)).toBe(text);
});

test('a file in which the version cannot be found is an error', () => {
  const [file] = versionFiles;
  expect(file && (() => withVersion(file, 'name: skiff\n', '1.0.0'))).toThrow('has no line');
});
