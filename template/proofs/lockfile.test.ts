import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Package {
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

const lock: { packages: Record<string, Package> } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
);
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

test('the lock file has a hash for every package, except tools for platforms that neither image nor pipeline uses', () => {
  expect(packages.length).toBeGreaterThan(100);
  const unhashed = packages.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
  expect(unhashed.filter(([, found]) => !isForeignTool(found)).map(([path]) => path)).toEqual([]);
});

/** Returns whether a package is a development tool's binary for a platform other than Linux, glibc, x86-64 or ARM64. */
function isForeignTool({ dev, optional, os = [], cpu = [], libc = [] }: Package): boolean {
  const ours = os.includes('linux') && (cpu.includes('x64') || cpu.includes('arm64')) && !libc.includes('musl');
  return dev === true && optional === true && !ours;
}
