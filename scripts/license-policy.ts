/** What may be given to others as part of a product without publishing its source. SPDX identifiers. */
const SHIPPED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0'];

/** Tools are used and not given to anyone. MPL-2.0 binds who changes their files. */
const TOOLS = [...SHIPPED, 'MPL-2.0'];

export interface LockedPackage {
  version?: string;
  license?: string;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

export interface LicenseReport {
  /** How many packages have each licence. */
  counts: Map<string, number>;
  /** `name@version: licence`, for those that may not be used where they are. */
  violations: string[];
}

/** Holds the packages of a lock file against the two lists. What says nothing of its licence is refused. */
export function checkLicenses(packages: Readonly<Record<string, LockedPackage>>): LicenseReport {
  const counts = new Map<string, number>();
  const violations: string[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const license = entry.license ?? licenseOfParent(name, packages) ?? 'none stated';
    counts.set(license, (counts.get(license) ?? 0) + 1);
    if (!isAllowed(license, entry.dev === true ? TOOLS : SHIPPED)) {
      violations.push(`${name}@${entry.version}: ${license}`);
    }
  }
  return { counts, violations };
}

/** An entry for another platform may lack its licence. It is the build of a package that has one. */
function licenseOfParent(name: string, packages: Readonly<Record<string, LockedPackage>>): string | undefined {
  const parents = Object.values(packages).filter(({ optionalDependencies }) => optionalDependencies?.[name]);
  return parents.find(({ license }) => license !== undefined)?.license;
}

/** An SPDX expression of `OR` and `AND`; one with anything else in it, such as `WITH`, is a matter for a person. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((part) => part.split(' AND ').every((license) => allowed.includes(license.trim())));
}
