/**
 * `npm run build`: writes `dist/`, laid out like the sources: programs with the modules they load later, folders that they
 * read, a code cache, licences and the bill of materials. Builds of one commit are identical to the byte;
 * `SOURCE_DATE_EPOCH` dates them.
 */
import { once } from 'node:events';
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import packageJson from '../../package.json' with { type: 'json' };
import packageLock from '../../package-lock.json' with { type: 'json' };
import { bundle, COMPILERS } from '../../pkg/build/bundle.ts';
import { licenseTexts, readBundledPackage } from '../../pkg/build/bundled-package.ts';
import { cacheCode } from '../../pkg/build/code-cache.ts';
import { createSbom } from '../../pkg/build/sbom.ts';
import { copyUnbundled } from '../../pkg/build/unbundled.ts';

/** Packages to copy instead of bundling: OpenTelemetry instruments what `createRequire` loads once tracing runs. */
const UNBUNDLED: readonly string[] = [];

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const { name, version, license } = packageJson;
const programs = globSync('cmd/*/main.ts', { cwd: root }).map((path) => path.replaceAll('\\', '/'));

rmSync(dist, { recursive: true, force: true });
// Fails if a schema is invalid.
const [schemas] = await once(new Worker(new URL('route-schemas.ts', import.meta.url)), 'message');
const bundles = await Promise.all([
  ...programs.map((program) => bundle(program, { root, outDir: dist, schemas })),
  bundle(COMPILERS, { root, outDir: dist }),
]);
const unbundled = copyUnbundled(UNBUNDLED, { root, outDir: dist, lock: packageLock.packages });
const folders = [...new Set([...bundles.flatMap((one) => [...one]), ...unbundled])].sort();
const packages = folders.map((folder) => readBundledPackage(folder, { root, lock: packageLock.packages }));
const madeAt = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1000);

for (const folder of ['config', 'migrations']) cpSync(join(root, folder), join(dist, folder), { recursive: true });
writeJson('package.json', { name, version, license, type: 'module' });
writeJson('sbom.cdx.json', createSbom({ application: { name, version, license }, packages, madeAt }));
writeFileSync(join(dist, 'LICENSES.txt'), licenseTexts(packages));
for (const program of programs) cacheCode(program.replace(/ts$/, 'js'), { outDir: dist });
console.log(`dist/: ${programs.length} programs, ${packages.length} packages`);

function writeJson(file: string, value: unknown): void {
  writeFileSync(join(dist, file), `${JSON.stringify(value, null, 2)}\n`);
}
