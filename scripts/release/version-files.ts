/** A file that contains the version of the service, and the lines that contain it. */
export interface VersionFile {
  readonly name: string;
  readonly url: URL;
  readonly lines: readonly RegExp[];
}

export const versionFiles: readonly VersionFile[] = [
  versionFile('charts/skiff/Chart.yaml', [/^version: /m, /^appVersion: /m]),
  versionFile('deploy/kubernetes/base/kustomization.yaml', [/^ +newTag: /m, /^ +app\.kubernetes\.io\/version: /m]),
  versionFile('deploy/argocd/application.yaml', [/^ +targetRevision: (?=\d)/m]),
  versionFile('deploy/argocd/applicationset.yaml', [/^ +targetRevision: (?=\d+\.\d+\.\d)/m]),
  versionFile('deploy/argocd/clusters.yaml', [/^ +targetRevision: (?=\d)/m]),
  versionFile('deploy/argocd/kustomize.yaml', [/^ +targetRevision: v(?=\d)/m]),
  versionFile('deploy/flux/release.yaml', [/^ +version: (?=\d)/m]),
  versionFile('deploy/flux/kustomize.yaml', [/^ +tag: v(?=\d)/m]),
];

/** Returns the text of a file with the version set in each of its lines. @throws Error when one of the lines is missing. */
export function withVersion({ name, lines }: VersionFile, text: string, version: string): string {
  return lines.reduce((result, line) => {
    if (!line.test(result)) throw new Error(`${name} has no line ${line.source}`);
    return result.replace(new RegExp(`(${line.source}).*$`, 'm'), `$1${version}`);
  }, text);
}

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

function versionFile(name: string, lines: readonly RegExp[]): VersionFile {
  return { name, lines, url: new URL(`../../${name}`, import.meta.url) };
}
