/** Writes the version in package.json wherever else it stands. `npm version` runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { versionFiles, withVersion } from './version-files.ts';

for (const file of versionFiles) {
  writeFileSync(file.url, withVersion(file, readFileSync(file.url, 'utf8'), packageJson.version));
}
