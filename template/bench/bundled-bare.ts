import { join } from 'node:path';
import { bundle } from '../../pkg/build/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUT_DIR = join(ROOT, '.cache/bench/bundled');
const PROGRAM = 'template/bench/programs/bare.mjs';

export const BUNDLED_BARE = join(OUT_DIR, `${PROGRAM}.js`);

/** Bundles bare Fastify as the service is bundled, but without a code cache and without schemas compiled in advance. */
export async function bundleBare(): Promise<void> {
  await bundle(PROGRAM, { root: ROOT, outDir: OUT_DIR });
}
