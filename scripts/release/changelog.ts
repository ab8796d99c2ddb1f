/**
 * Puts what is under `## Unreleased` under a heading of its own.
 *
 * @throws Error when nothing is there: a release that nobody can notice needs none.
 */
export function releaseChangelog(changelog: string, version: string, date: Date): string {
  const unreleased = /^## Unreleased\n+(?=- )/m;
  if (!unreleased.test(changelog)) throw new Error('CHANGELOG.md has nothing under "## Unreleased"');
  return changelog.replace(unreleased, `## Unreleased\n\n## ${version} – ${date.toISOString().slice(0, 10)}\n\n`);
}
