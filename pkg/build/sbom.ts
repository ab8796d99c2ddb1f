import type { BundledPackage } from './bundled-package.ts';

export interface SbomOptions {
  application: { name: string; version: string; license: string };
  packages: readonly BundledPackage[];
  /** The time stamp of the build. */
  madeAt: Date;
}

/**
 * Returns the software bill of materials of the build in CycloneDX 1.5 format. Image scanners read it, because a bundle has
 * no node_modules. It has no serial number, so identical builds have identical bills.
 *
 * `npm sbom` is not used: with `--omit=dev` it omits production packages that a development dependency also needs, and
 * without that option it fails on conflicting peer dependencies.
 */
export function createSbom({ application, packages, madeAt }: SbomOptions): object {
  const root = componentOf('application', application);
  const components = packages.map((one) => componentOf('library', one));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { timestamp: madeAt.toISOString(), lifecycles: [{ phase: 'build' }], component: root },
    components,
    dependencies: [{ ref: root['bom-ref'], dependsOn: components.map((one) => one['bom-ref']) }],
  };
}

interface Identity {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity?: string | undefined;
}

function componentOf(type: 'application' | 'library', { name, version, license, integrity }: Identity) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [algorithm, digest] = integrity?.split('-') ?? [];
  const hashes =
    algorithm === 'sha512' && digest !== undefined
      ? [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }]
      : [];
  return { type, 'bom-ref': purl, name, version, purl, licenses: [{ expression: license }], hashes };
}
