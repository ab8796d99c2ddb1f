import type { BundledPackage } from './bundled-package.ts';

export interface SbomOptions {
  /** The service. */
  application: { name: string; version: string; license: string };
  packages: readonly BundledPackage[];
  /** When it is said to have been made. */
  madeAt: Date;
}

/**
 * The software bill of materials of the build, as CycloneDX 1.5: a bundle has no node_modules, so this is what a scanner
 * of images can read. The same build has the same bill, so it has no serial number.
 *
 * Not by `npm sbom`: with `--omit=dev` it leaves out each package that a development dependency needs too, and without
 * it refuses to work where those disagree about a peer.
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
