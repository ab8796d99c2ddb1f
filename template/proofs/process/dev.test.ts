import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { freePorts } from '../../../test/support/free-ports.ts';

const ROOT = join(import.meta.dirname, '../../..');
const copy = mkdtempSync(join(tmpdir(), 'dev-'));
afterAll(() => rmSync(copy, { recursive: true }));

beforeAll(() => {
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'scripts', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});

const VERSION_ROUTE = join(copy, 'internal/app/version.ts');

test('npm run dev applies a change in one line, survives a broken file, and leaves no process behind', {
  timeout: 240_000,
}, async () => {
  const original = readFileSync(VERSION_ROUTE, 'utf8');

  const [, ...args] = packageJson.scripts.dev.split(' ');
  const dev = await startDev(process.execPath, args);
  await dev.prints(/open http:/);
  expect(await dev.name()).toBe(packageJson.name);

  dev.forget();
  writeFileSync(join(copy, 'internal/app/version.test.ts'), 'a test does not restart the service');
  const change = "async () => ({ ...version, name: 'changed' })";
  writeFileSync(VERSION_ROUTE, original.replace('async () => version', change));
  await dev.prints(/restarted in \d+ ms \(internal\/app\/version\.ts changed\)"/);
  expect(await dev.name()).toBe('changed');
  expect(dev.lines()).toHaveLength(1);

  dev.forget();
  writeFileSync(VERSION_ROUTE, 'this is not a program');
  await dev.prints(/^exited with 1; restarts when a file changes$/m);
  dev.forget();
  writeFileSync(VERSION_ROUTE, original);
  await dev.prints(/restarted in/);
  expect(await dev.name()).toBe(packageJson.name);
  expect(dev.lines()).toHaveLength(1);

  // The output closes when the last process that inherited it has exited.
  const closed = once(dev.child, 'close');
  dev.child.kill('SIGINT');
  expect(await closed).toEqual([0, null]);
  expect(dev.lines()).toHaveLength(1);
});

test('npm run dev stops when the shell that npm runs it in is killed', async () => {
  const dev = await startDev('sh', ['-c', `${packageJson.scripts.dev}; true`]);
  await dev.prints(/open http:/);
  const closed = once(dev.child, 'close');
  dev.child.kill('SIGTERM');
  expect(await closed).toEqual([null, 'SIGTERM']);
});

/** Runs the command of the npm script. */
async function startDev(command: string, args: readonly string[]) {
  const [http = 0, admin = 0] = await freePorts(2);
  const child = spawn(command, args, {
    cwd: copy,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      SKIFF_HTTP_PORT: String(http),
      SKIFF_ADMIN_PORT: String(admin),
      SKIFF_LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return {
    child,
    /** Removes the output so far. */
    forget() {
      output = '';
    },
    /** Returns the lines of the output except those of requests. */
    lines: () => output.split('\n').filter((line) => line !== '' && !line.includes('"msg":"request"')),
    prints: (text: RegExp) => vi.waitFor(() => expect(output).toMatch(text), { timeout: 60_000, interval: 50 }),
    async name(): Promise<unknown> {
      const response = await fetch(`http://127.0.0.1:${http}/version`);
      return ((await response.json()) as { name: unknown }).name;
    },
  };
}
