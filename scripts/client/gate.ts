/** Part of `npm run check`: fails if the API changed since the last release in a way that breaks clients. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fileUrl, readText } from '../docs/generated-file.ts';
import { breakingChanges } from './breaking-changes.ts';

const DOCUMENT = 'api/openapi.json';

const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', '--exclude', '*-*')?.trim();
const released = tag === undefined ? undefined : git('show', `${tag}:${DOCUMENT}`);
if (released !== undefined) {
  const before = JSON.parse(released);
  const after = JSON.parse(readText(DOCUMENT));
  // A tag of the template that the service was made from describes another service.
  const changes = before.info.title === after.info.title ? breakingChanges(before, after) : [];
  const announced = announcedOperations(readText('CHANGELOG.md'));
  for (const { operation, change } of changes.filter(({ operation }) => !announced.includes(operation))) {
    console.error(`${operation}: ${change}: breaks clients of ${tag}`);
    process.exitCode = 1;
  }
  if (process.exitCode === 1) {
    console.error('To break clients on purpose, add "- Breaking: `METHOD /path` …" to "Unreleased" in CHANGELOG.md.');
  }
}

/** Returns the operations that the next release announces as breaking. */
function announcedOperations(changelog: string): string[] {
  const [, unreleased = ''] = /^## Unreleased$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog) ?? [];
  const lines = unreleased.split(/^- /m).filter((entry) => entry.startsWith('Breaking:'));
  return lines.flatMap((entry) => [...entry.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(([, operation = '']) => operation));
}

/** Runs git and returns its output, or undefined if it fails, as it does without a tag. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: fileURLToPath(fileUrl('.')), encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
