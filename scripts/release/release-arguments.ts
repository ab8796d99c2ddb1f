/** What `npm version` understands besides a version. */
const STEPS = ['major', 'minor', 'patch', 'premajor', 'preminor', 'prepatch', 'prerelease'];

/** Semantic Versioning 2.0.0 without build metadata. */
const VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** The longest tag of an image (OCI Distribution Specification, "Pulling manifests"). */
const MAX_TAG_LENGTH = 128;

/** Returns why nothing can be released under this, or undefined: a version or a step, and the options of `npm version`. */
export function releaseProblem([version, ...options]: readonly string[]): string | undefined {
  if (version === undefined) return `name a version, or one of ${STEPS.join(', ')}`;
  if ([version, ...options].some((argument) => argument.includes('+'))) {
    return `${version}: build metadata ("+…") is not allowed in an image tag; leave it out, the image names its commit`;
  }
  if (version.length > MAX_TAG_LENGTH) return `a version of at most ${MAX_TAG_LENGTH} characters fits an image tag`;
  if (STEPS.includes(version) || VERSION.test(version)) return undefined;
  return `${version}: expected a version such as 1.2.3 or 1.2.3-rc.1, or one of ${STEPS.join(', ')}`;
}

/** A pre-release is not deployed to production, and what changed stays under "Unreleased" until the release. */
export function isPreRelease(version: string): boolean {
  return version.includes('-');
}
