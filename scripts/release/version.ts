/** `npm version` runs this after it has written package.json: updates the version in other files and the changelog. */
import { readFileSync, writeFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import { isPreRelease } from './release-arguments.ts';
import { releaseChangelog, versionFiles, withVersion } from './version-files.ts';

const { version } = packageJson;
for (const file of versionFiles) rewrite(file.url, (text) => withVersion(file, text, version));
if (!isPreRelease(version)) {
  rewrite(new URL('../../CHANGELOG.md', import.meta.url), (text) => releaseChangelog(text, version, new Date()));
}

function rewrite(file: URL, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
