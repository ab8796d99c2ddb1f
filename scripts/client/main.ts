/** `npm run client`: builds a package in dist/client from api/client.ts, for users of the API. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { fileUrl } from '../docs/generated-file.ts';

const FOLDER = 'dist/client';
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const { name, version, license, devDependencies } = packageJson;
const RUNTIME = '@oazapfts/runtime';

mkdirSync(fileUrl(FOLDER), { recursive: true });
// Before the compiler runs, so that the output is a module.
const description = `Client of ${name}`;
const exports = { '.': { types: './client.d.ts', default: './client.js' } };
const dependencies = { [RUNTIME]: devDependencies[RUNTIME] };
const manifest = { name: `${name}-client`, version, description, license, type: 'module', exports, dependencies };
writeFileSync(fileUrl(`${FOLDER}/package.json`), `${JSON.stringify(manifest, null, 2)}\n`);
const options = ['--ignoreConfig', '--declaration', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
execFileSync(process.execPath, [TSC, 'api/client.ts', ...options, '--outDir', FOLDER], {
  cwd: fileURLToPath(fileUrl('.')),
  stdio: 'inherit',
});
console.log(`wrote ${FOLDER}\nNext: npm publish ${FOLDER}`);
