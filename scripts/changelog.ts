/** Gives what is under "Unreleased" the heading of the version in package.json. `npm version` runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { releaseChangelog } from './release-changelog.ts';

const file = new URL('../CHANGELOG.md', import.meta.url);
writeFileSync(file, releaseChangelog(readFileSync(file, 'utf8'), packageJson.version, new Date()));
