/** @throws Error when the chart does not have both of its versions. */
export function withChartVersion(chart: string, version: string): string {
  const found = chart.match(/^(version|appVersion): .*$/gm);
  if (found?.length !== 2) throw new Error(`Chart.yaml has ${found?.length ?? 0} of version and appVersion`);
  return chart.replace(/^(version|appVersion): .*$/gm, `$1: ${version}`);
}

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
