import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

export interface Output {
  readonly code: number;
  readonly text: string;
}

/** A new repository with the current files of this checkout, including uncommitted changes, and its packages. */
export interface Clone {
  readonly root: string;
  /** Runs a program in the repository until it exits. */
  run(command: string, ...args: string[]): Promise<Output>;
  /** Runs a program and returns its output. Rejects if it fails. */
  succeed(command: string, ...args: string[]): Promise<string>;
}

const run = promisify(execFile);

/** Creates a clone, which is removed when the test finishes. */
export function createClone(): Clone {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, 'project');
  const env = environment(root);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, env });

  for (const path of listed()) cpSync(join(ROOT, path), join(root, path));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.com');
  // node_modules is a link here, and the pattern in .gitignore only matches folders.
  git('config', 'core.excludesFile', join(folder, 'ignored'));
  execFileSync('sh', ['-c', `echo node_modules > ${join(folder, 'ignored')}`]);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The template');

  return openClone(root);
}

/** Returns a clone that exists, or will exist before anything is run in it. */
export function openClone(root: string): Clone {
  const env = environment(root);
  async function outcome(command: string, ...args: string[]): Promise<Output> {
    try {
      const { stdout, stderr } = await run(command, args, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 });
      return { code: 0, text: stdout + stderr };
    } catch (error) {
      if (!isExit(error)) throw error;
      return { code: error.code, text: error.stdout + error.stderr };
    }
  }
  return {
    root,
    run: outcome,
    async succeed(command, ...args) {
      const { code, text } = await outcome(command, ...args);
      if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit ${code}\n${text}`);
      return text;
    },
  };
}

/** Returns the tracked files of this checkout and the untracked ones that are not ignored. */
export function listed(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const deleted = new Set(
    execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: ROOT, encoding: 'utf8' }).split('\0'),
  );
  const all = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return all.filter((path) => path !== '' && !deleted.has(path));
}

/** Returns the environment for programs in the clone, without variables that control this test run. */
function environment(root: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|GIT_|npm_|CI$|NODE_ENV$|NODE_OPTIONS$|LONG$)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    NO_COLOR: '1',
  };
}

function isExit(error: unknown): error is { code: number; stdout: string; stderr: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';
}
