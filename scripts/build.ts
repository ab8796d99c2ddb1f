import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/** Development dependencies that the programs import only if they are installed: in the image they are not. */
const ABSENT_IN_PRODUCTION = ['@fastify/swagger-ui', 'pino-pretty'];

/**
 * The production build: `dist/` is laid out as the sources are, so a program finds `config/` beside it as it does there.
 * What a program loads by `import()` stays in files of its own, which cost nothing until then.
 */
rmSync(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: ROOT,
  input: { 'cmd/server/main': 'cmd/server/main.ts', 'cmd/healthcheck/main': 'cmd/healthcheck/main.ts' },
  platform: 'node',
  external: ABSENT_IN_PRODUCTION,
});
await bundle.write({
  dir: DIST,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
await bundle.close();
cpSync(join(ROOT, 'config'), join(DIST, 'config'), { recursive: true });
const { name, version, license } = packageJson;
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify({ name, version, license, type: 'module' }, null, 2)}\n`);
