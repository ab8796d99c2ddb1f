import { suggestion } from '../../pkg/config/nearest.ts';

/** The steps that `npm version` accepts instead of a version. */
const STEPS = ['major', 'minor', 'patch', 'premajor', 'preminor', 'prepatch', 'prerelease'];

/** Semantic Versioning 2.0.0 without build metadata. */
const VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** Maximum length of an image tag (OCI Distribution Specification, "Pulling manifests"). */
const MAX_TAG_LENGTH = 128;

/** Returns why `npm version` must not run with these arguments (a version or a step, then options), or undefined. */
export function releaseProblem([version, ...options]: readonly string[]): string | undefined {
  if (version === undefined) return `a version is missing: 1.2.3, or one of ${STEPS.join(', ')}`;
  if ([version, ...options].some((argument) => argument.includes('+'))) {
    return `${version}: build metadata ("+…") is not allowed in an image tag; omit it, the image is labelled with its commit`;
  }
  if (version.length > MAX_TAG_LENGTH)
    return `the version is longer than an image tag may be (${MAX_TAG_LENGTH} characters)`;
  if (STEPS.includes(version) || VERSION.test(version)) return undefined;
  return `${version}: expected a version such as 1.2.3 or 1.2.3-rc.1, or one of ${STEPS.join(', ')}${suggestion(version, STEPS)}`;
}

/** A pre-release is not deployed to production, and its changes stay under "Unreleased" until the release. */
export function isPreRelease(version: string): boolean {
  return version.includes('-');
}
