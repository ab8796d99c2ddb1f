/**
 * Moves the entries under `## Unreleased` to a heading with the version and the date.
 *
 * @throws Error when there are none: a release without a noticeable change is not needed.
 */
export function releaseChangelog(changelog: string, version: string, date: Date): string {
  const unreleased = /^## Unreleased\n+(?=- )/m;
  if (!unreleased.test(changelog)) throw new Error('CHANGELOG.md has nothing under "## Unreleased"');
  return changelog.replace(unreleased, `## Unreleased\n\n## ${version} – ${date.toISOString().slice(0, 10)}\n\n`);
}
