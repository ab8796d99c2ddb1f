import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package whose code is in the build. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Of what the registry delivered, such as `sha512-…`. */
  readonly integrity: string | undefined;
  /** What its licence obliges whoever gives it on to give on too: licence and notice, as they are. */
  readonly texts: readonly string[];
}

const LEGAL_FILE = /^(licen[cs]e|copying|notice)/i;

export interface Installation {
  root: string;
  /** What the lock file says of each folder. */
  lock: Readonly<Record<string, { version?: string; integrity?: string; dev?: boolean }>>;
}

/**
 * @param folder of an installed package, relative to the root.
 * @throws Error when it is there for development only.
 */
export function readBundledPackage(folder: string, { root, lock }: Installation): BundledPackage {
  const locked = lock[folder];
  if (locked === undefined || locked.dev) throw new Error(`${folder} is in the build, and no production dependency`);
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const texts = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LEGAL_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').trim());
  return { name, version, license, integrity: locked.integrity, texts };
}

/** All their texts, each once, under the packages that it belongs to. */
export function licenseTexts(packages: readonly BundledPackage[]): string {
  const owners = new Map<string, string[]>();
  for (const { name, version, license, texts } of packages) {
    const text = texts.join('\n\n') || `${license}, as its package.json says; it comes without a text.`;
    owners.set(text, [...(owners.get(text) ?? []), `${name} ${version}`]);
  }
  const line = '='.repeat(80);
  return [...owners].map(([text, names]) => `${line}\n${names.join(', ')}\n${line}\n\n${text}\n`).join('\n');
}
