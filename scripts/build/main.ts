/**
 * The production build, laid out in `dist/` as the sources are, so that a program finds `config/` where it does there:
 * one file per program, what they load later, the configuration, the licences of all that is in it and its bill of
 * materials. Two builds of one commit are the same to the byte; `SOURCE_DATE_EPOCH` is the time that they bear.
 */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import packageLock from '../../package-lock.json' with { type: 'json' };
import { bundle } from './bundle.ts';
import { licenseTexts, readBundledPackage } from './bundled-package.ts';
import { createSbom } from './sbom.ts';
import { copyUnbundled } from './unbundled.ts';

const PROGRAMS = ['cmd/server/main.ts', 'cmd/healthcheck/main.ts'];

/**
 * Packages that are not bundled, because OpenTelemetry's instrumentation of them needs to see them being loaded, by
 * `createRequire(import.meta.url)('pg')` after tracing has started: docs/decisions/0020-production-build.md.
 */
const UNBUNDLED: readonly string[] = [];

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const { name, version, license } = packageJson;

rmSync(dist, { recursive: true, force: true });
const bundles = await Promise.all(PROGRAMS.map((program) => bundle(program, { root, outDir: dist })));
const unbundled = copyUnbundled(UNBUNDLED, { root, outDir: dist, lock: packageLock.packages });
const folders = [...new Set([...bundles.flatMap((one) => [...one]), ...unbundled])].sort();
const packages = folders.map((folder) => readBundledPackage(folder, { root, lock: packageLock.packages }));
const madeAt = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? 0) * 1000);

cpSync(join(root, 'config'), join(dist, 'config'), { recursive: true });
writeJson('package.json', { name, version, license, type: 'module' });
writeJson('sbom.cdx.json', createSbom({ application: { name, version, license }, packages, madeAt }));
writeFileSync(join(dist, 'LICENSES.txt'), licenseTexts(packages));
console.log(`dist/: ${PROGRAMS.length} programs, with ${packages.length} packages in them`);

function writeJson(file: string, value: unknown): void {
  writeFileSync(join(dist, file), `${JSON.stringify(value, null, 2)}\n`);
}
