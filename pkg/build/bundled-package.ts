import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package that is part of the build. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Hash of the package as published in the registry, such as `sha512-…`. */
  readonly integrity: string | undefined;
  /** Licence and notice files, which must be distributed with the package. */
  readonly texts: readonly string[];
}

const LEGAL_FILE = /^(licen[cs]e|copying|notice)/i;

export interface Installation {
  root: string;
  /** The entries of the lock file, by folder. */
  lock: Readonly<Record<string, { version?: string; integrity?: string; dev?: boolean }>>;
}

/**
 * Reads the metadata and licence texts of an installed package.
 *
 * @param folder relative to the root.
 * @throws Error when the package is not a production dependency.
 */
export function readBundledPackage(folder: string, { root, lock }: Installation): BundledPackage {
  const locked = lock[folder];
  if (locked === undefined || locked.dev)
    throw new Error(`${folder} is part of the build but not a production dependency`);
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const texts = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LEGAL_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').trim());
  return { name, version, license, integrity: locked.integrity, texts };
}

/** Returns the licence texts of all packages, each text once under the names of its packages. */
export function licenseTexts(packages: readonly BundledPackage[]): string {
  const owners = new Map<string, string[]>();
  for (const { name, version, license, texts } of packages) {
    const text = texts.join('\n\n') || `${license}, according to package.json. The package contains no licence text.`;
    owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  }
  const line = '='.repeat(80);
  return [...owners].map(([text, names]) => `${line}\n${names.join(', ')}\n${line}\n\n${text}\n`).join('\n');
}
