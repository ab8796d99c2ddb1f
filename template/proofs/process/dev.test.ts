import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../../..');
const copy = mkdtempSync(join(tmpdir(), 'dev-'));
afterAll(() => rmSync(copy, { recursive: true }));

const VERSION_ROUTE = join(copy, 'internal/app/version.ts');

test('npm run dev applies a change, survives a broken file, and leaves no process behind', {
  timeout: 90_000,
}, async () => {
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const original = readFileSync(VERSION_ROUTE, 'utf8');

  const dev = startDev();
  await dev.starts(1);
  expect(await dev.name()).toBe(packageJson.name);

  const change = "async () => ({ ...version, name: 'changed' })";
  writeFileSync(VERSION_ROUTE, original.replace('async () => version', change));
  await dev.starts(2);
  expect(await dev.name()).toBe('changed');

  writeFileSync(VERSION_ROUTE, 'this is not a program');
  await vi.waitFor(() => expect(dev.output()).toContain('Failed running'), 20_000);
  writeFileSync(VERSION_ROUTE, original);
  await dev.starts(3);
  expect(await dev.name()).toBe(packageJson.name);

  // The output closes when the last process that inherited it has exited.
  const closed = once(dev.child, 'close');
  dev.child.kill('SIGINT');
  expect(await closed).toEqual([0, null]);
});

/** Runs the command of the npm script in a shell, as npm does. */
function startDev() {
  const child = spawn('sh', ['-c', packageJson.scripts.dev], {
    cwd: copy,
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, SKIFF_ENVIRONMENT: 'test' },
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
    output: () => output,
    starts: (count: number) =>
      vi.waitFor(() => expect(output.match(/"msg":"started"/g)).toHaveLength(count), { timeout: 20_000, interval: 50 }),
    async name(): Promise<unknown> {
      const url = output.match(/(?<=http listening at )http:\/\/127[^"]+/g)?.at(-1);
      const response = await fetch(`${url}/version`);
      return ((await response.json()) as { name: unknown }).name;
    },
  };
}
