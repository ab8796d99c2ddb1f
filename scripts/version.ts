/** What `npm version` runs once it has written package.json: the same version into the chart, a heading into the changelog. */
import { readFileSync, writeFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { releaseChangelog, withChartVersion } from './version-text.ts';

rewrite('charts/skiff/Chart.yaml', (text) => withChartVersion(text, packageJson.version));
rewrite('CHANGELOG.md', (text) => releaseChangelog(text, packageJson.version, new Date()));

function rewrite(name: string, change: (text: string) => string): void {
  const file = new URL(`../${name}`, import.meta.url);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
