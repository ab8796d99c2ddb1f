/**
 * `npm run upgrade`: merges what has changed in the template into this service. Fetches the template and runs the upgrade
 * program of its new version. See docs/upgrade.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { git, tryGit, UpgradeError } from './run.ts';
import { createStore, isComplete } from './store.ts';

const HELP = `Usage: npm run upgrade -- [options]

Merges what has changed in the template since this service was made or last upgraded, on a branch of its own.

  --to         tag, branch or commit of the template (default: its newest release, or else its default branch)
  --from       remote, address, folder or tar archive of the template. Can be repeated:
               the last one is upgraded to, the others have older versions
  --with       features to add that were removed, separated by commas. Without --to and --from, the version stays the same
  --without    features to remove
  --ci         pipelines to keep: github, gitlab or both
  --dry-run    print what would change, with the template's changelog
  --help       print this help
`;

function main(args: readonly string[]): number {
  const root = git(process.cwd(), 'rev-parse', '--show-toplevel');
  const string = { type: 'string' } as const;
  const options = {
    to: string,
    from: { ...string, multiple: true },
    with: string,
    without: string,
    ci: string,
  } as const;
  // The program of the template rejects what it does not know: it may be newer and know more.
  const { values } = parseArgs({ args: [...args], strict: false, allowPositionals: true, options });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const { to, from: named = [], with: added, without, ci } = values;
  const from = named.filter((source) => typeof source === 'string');
  const record = readTemplate(root);
  const isSameVersion = (added ?? without ?? ci) !== undefined && to === undefined && from.length === 0;
  const isHere =
    isSameVersion && isComplete(root) && tryGit(root, 'cat-file', '-e', `${record.commit}^{commit}`) === '';
  if (from.length === 0 && !isHere) from.push(...defaultSource(root, record));

  const temporary = mkdtempSync(join(tmpdir(), 'upgrade-'));
  try {
    const store = createStore({ root, temporary, from });
    const target = store.target(isSameVersion ? record.commit : typeof to === 'string' ? to : undefined);
    const version = tryGit(store.folder, 'rev-parse', '--quiet', '--verify', `refs/template/${target}`) ?? target;
    const folder = join(temporary, 'template');
    git(temporary, 'clone', '--quiet', '--shared', '--no-checkout', store.folder, folder);
    git(folder, '-c', 'core.autocrlf=false', 'checkout', '--quiet', '--detach', version);
    const program = join(folder, 'template', 'upgrade', 'main.ts');
    if (!existsSync(program)) {
      throw new UpgradeError(
        `the template at ${target.slice(0, 10)} cannot upgrade services: choose a newer version with --to`,
      );
    }
    const paths = [`--root=${root}`, `--temporary=${temporary}`, `--target=${target}`];
    return spawnSync(process.execPath, [program, ...paths, ...args], { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

interface Template {
  readonly commit?: string;
  readonly url?: string;
}

/** Returns the origin of the service, or nothing if it cannot be read. The program of the template reports that. */
function readTemplate(root: string): Template {
  try {
    return JSON.parse(readFileSync(join(root, '.template.json'), 'utf8')).template ?? {};
  } catch {
    return {};
  }
}

function defaultSource(root: string, { url }: Template): string[] {
  if (tryGit(root, 'remote', 'get-url', 'template') !== undefined) return ['template'];
  return url === undefined ? [] : [url];
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`nothing was changed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UpgradeError ? 64 : 1;
}
