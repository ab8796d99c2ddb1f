import { expect, test } from 'vitest';
import lock from '../package-lock.json' with { type: 'json' };

/** SPDX expressions of what the build may contain: none of them requires publishing the service's source. */
const SHIPPED = [
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0'],
  'MIT OR Apache-2.0',
];
/** Development tools are not distributed. MPL-2.0 only covers changes to the tool's own files. */
const TOOLS = [...SHIPPED, '(Apache-2.0 OR MIT)', 'MPL-2.0', 'Python-2.0'];

interface Package {
  license?: string;
  dev?: boolean;
  optional?: boolean;
}

test('every dependency has a licence that is allowed where it is used', () => {
  const { '': _service, ...dependencies }: Record<string, Package> = lock.packages;
  const rejected = Object.entries(dependencies).filter(([, dependency]) => !isAllowed(dependency));
  expect(rejected.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});

/** A tool's binary for another platform may state no licence; the package that requires it does. */
function isAllowed({ license, dev, optional }: Package): boolean {
  if (license === undefined) return dev === true && optional === true;
  return (dev ? TOOLS : SHIPPED).includes(license);
}
