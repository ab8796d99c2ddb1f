// npm run dev: runs the service, and runs it again when a source or a setting changes.
//
// Three quarters of a start go into loading packages, which do not change. So a second process has them loaded already
// and waits; at a change the service stops, and that one becomes the service.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { packagesOf } from './packages.ts';
import type { WarmMessage } from './warm-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const WATCHED = ['cmd', 'internal', 'pkg', 'config', 'package.json'];
const IGNORED = /\.test\.ts$|(^|\/)testdata(\/|$)/;
/** An editor makes several changes of one: the file is whole when it has been quiet for so long. */
const QUIET_MS = 15;
/** The service has the processors for itself while it starts. */
const SPARE_DELAY_MS = 1_000;

const packages = packagesOf(ROOT);
let spare: ChildProcess | undefined;
let service: ChildProcess | undefined;
let stopping = false;

function createSpare(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'warm-process.ts'), process.argv.slice(2), {
    env: { NODE_COMPILE_CACHE: join(ROOT, '.cache/node'), ...process.env },
    // In a group of its own: Ctrl-C reaches it through here, and once.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  send(child, { load: packages });
  return child;
}

function send(child: ChildProcess, message: WarmMessage): void {
  child.send(message);
}

/** Starts the service in the spare process; reports an end that was not asked for. */
function start(): void {
  const started = spare?.connected ? spare : createSpare();
  spare = undefined;
  service = started;
  send(started, { run: join(ROOT, 'cmd/server/main.ts') });
  started.once('exit', (code, signal) => {
    if (service !== started || stopping) return;
    service = undefined;
    console.error(`dev: the service ended with ${signal ?? code}; the next change starts it again`);
  });
  setTimeout(() => {
    if (!stopping) spare ??= createSpare();
  }, SPARE_DELAY_MS);
}

async function stop(): Promise<void> {
  const stopped = service;
  service = undefined;
  if (!stopped || stopped.exitCode !== null || stopped.signalCode !== null) return;
  stopped.kill('SIGTERM');
  await once(stopped, 'exit');
}

let restarting: Promise<void> | undefined;
let changedAgain = false;

async function restart(): Promise<void> {
  do {
    changedAgain = false;
    await stop();
  } while (changedAgain);
  if (!stopping) start();
}

let quiet: NodeJS.Timeout | undefined;

function onChange(file: string): void {
  if (IGNORED.test(file) || stopping) return;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    changedAgain = true;
    restarting ??= restart().finally(() => {
      restarting = undefined;
    });
  }, QUIET_MS);
}

for (const name of WATCHED.filter((entry) => existsSync(join(ROOT, entry)))) {
  watch(join(ROOT, name), { recursive: true }, (_event, file) => onChange(file ?? name));
}

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    stopping = true;
    signals += 1;
    spare?.kill('SIGKILL');
    // The second signal is passed on too: it ends a service that takes its time.
    service?.kill(signal);
    if (signals > 1) return;
    await restarting;
    if (service && service.exitCode === null && service.signalCode === null) await once(service, 'exit');
    process.exit(service?.exitCode ?? 0);
  });
}

start();
