import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of what the service loads on a laptop only, by `import()`: lines and a page for people. */
const FOR_PEOPLE = ['pino-pretty', '@fastify/swagger-ui'];

const STATIC_IMPORT = /^(?:import|export)\s(?!type\s)[^'";]*?from\s+'(?<name>[^'.][^']*)'/gm;

/** The packages that the sources in `root` import at their start, so that they can be loaded ahead. */
export function packagesOf(root: string): string[] {
  const names = globSync('{cmd,internal,pkg}/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(STATIC_IMPORT)])
    .map(({ groups }) => groups?.name ?? '')
    .filter((name) => !name.startsWith('node:') && name !== 'vitest');
  return [...new Set([...names, ...FOR_PEOPLE])];
}
