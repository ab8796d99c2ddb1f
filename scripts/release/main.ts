/** `npm run release -- VERSION`: checks the version and runs `npm version`, which runs scripts/release/version.ts. */
import { spawnSync } from 'node:child_process';
import { releaseProblem } from './release-arguments.ts';

const given = process.argv.slice(2);
const problem = releaseProblem(given);
if (problem === undefined) {
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const args = [...before, 'version', '--ignore-scripts=false', '--message', 'Release %s', ...given];
  process.exitCode = spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 64;
}
