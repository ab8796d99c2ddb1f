/** `npm run dev`: runs the service, and restarts it when a source file or a setting changes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const WATCHED = ['cmd', 'internal', 'pkg', 'config'];
/** Tests, and the temporary files of editors. */
const IGNORED = /\.test\.ts$|~$|\.sw\w$/;
/** Editors and git write several files at a time. */
const SETTLE_MS = 100;

let service: ChildProcess;
let change = Promise.withResolvers<string>();
let settling: NodeJS.Timeout | undefined;
let stopping = false;

for (const directory of WATCHED) {
  watch(join(ROOT, directory), { recursive: true }, (_event, name) => {
    const file = join(directory, name ?? '');
    if (IGNORED.test(file)) return;
    const changedAt = Date.now();
    clearTimeout(settling);
    settling = setTimeout(() => change.resolve(`${changedAt} ${file}`), SETTLE_MS);
  });
}

// A terminal sends Ctrl-C to the service too. A second signal would make it exit at once.
process.on('SIGINT', () => stop(process.stdin.isTTY ? undefined : 'SIGINT'));
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGHUP', () => stop('SIGTERM'));
// npm passes SIGTERM to its shell, which ends without passing it on.
const parent = process.ppid;
const orphaned = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(orphaned);
  stop('SIGTERM');
}, 500);

for (let cause = ''; ; ) {
  change = Promise.withResolvers<string>();
  service = start(cause);
  cause = await change.promise;
  if (hasExited(service)) continue;
  const exit = once(service, 'exit');
  service.kill('SIGTERM');
  await exit;
}

/** @param cause why the service is started again, which it logs: the time of the change and the file. */
function start(cause: string): ChildProcess {
  const child = spawn(process.execPath, ['cmd/server/main.ts', ...process.argv.slice(2)], {
    cwd: ROOT,
    env: { ...process.env, DEV_RESTART: cause },
    stdio: 'inherit',
  });
  child.once('exit', (code, signal) => {
    if (stopping) process.exit(code ?? 1);
    if (!child.killed) console.log(`exited with ${code ?? signal}; restarts when a file changes`);
  });
  return child;
}

function stop(signal: NodeJS.Signals | undefined): void {
  stopping = true;
  if (hasExited(service)) process.exit(0);
  if (signal !== undefined) service.kill(signal);
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
