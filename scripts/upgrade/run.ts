import { spawnSync } from 'node:child_process';

/** The upgrade is not possible. Nothing was changed. */
export class UpgradeError extends Error {}

export interface Outcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Variables that would lead git to another repository, or npm to another project. */
const FOREIGN =
  /^(?:GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|(?:ALTERNATE_)?OBJECT_DIRECTOR\w+|NAMESPACE|PREFIX|CONFIG_PARAMETERS)|npm_(?:config_local_prefix|package_.*|lifecycle_.*|command)|INIT_CWD)$/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));

/** Runs a program until it exits. git runs without the user's hooks. */
export function attempt(cwd: string, [program = '', ...args]: readonly string[], input?: Buffer): Outcome {
  const [command, before] = commandOf(program);
  const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const;
  const options = { cwd, env, input, stdio: [...stdio], maxBuffer: 256 * 1024 * 1024 };
  const { status, stdout, stderr, error } = spawnSync(command, [...before, ...args], options);
  if (error !== undefined) throw new Error(`cannot run ${program}: ${error.message}`, { cause: error });
  return { code: status ?? 1, stdout, stderr: stderr.toString() };
}

function commandOf(program: string): [command: string, before: readonly string[]] {
  if (program === 'git') return [program, ['-c', 'core.hooksPath=/dev/null']];
  // npm is a script: run it with the Node and the npm that run this program.
  const npm = process.env.npm_execpath;
  return program === 'npm' && npm !== undefined ? [process.execPath, [npm]] : [program, []];
}

/** Runs a program and returns its output without the last line break. @throws Error if it fails. */
export function run(cwd: string, command: readonly string[], input?: Buffer): string {
  const { code, stdout, stderr } = attempt(cwd, command, input);
  if (code !== 0) throw new Error(`\`${command.join(' ')}\` failed: ${stderr}${stdout}`);
  return stdout.toString().trimEnd();
}

/** Runs git and returns its output. @throws Error if it fails. */
export function git(cwd: string, ...args: string[]): string {
  return run(cwd, ['git', ...args]);
}

/** Runs git and returns its output, or undefined if it fails. */
export function tryGit(cwd: string, ...args: string[]): string | undefined {
  const { code, stdout } = attempt(cwd, ['git', ...args]);
  return code === 0 ? stdout.toString().trimEnd() : undefined;
}
