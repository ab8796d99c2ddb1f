import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test, vi } from 'vitest';
import { blocksIn, ROOT, read } from './markdown.ts';

vi.setConfig({ testTimeout: 60_000 });

const BLOCKS = blocksIn(read('README.md')).filter(({ mark }) => mark !== '');
const ENVIRONMENT = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0', SKIFF_LOG_FORMAT: 'json' };

test('the README has code blocks marked run and code blocks marked serve', () => {
  expect(new Set(BLOCKS.map(({ language, mark }) => `${language} ${mark}`))).toEqual(new Set(['sh run', 'sh serve']));
});

test.each(BLOCKS.filter(({ mark }) => mark === 'run'))(
  'a block of the README marked run exits with 0: $code',
  async ({ code }) => {
    const shell = start(code);
    shell.stdout.resume();
    expect(await once(shell, 'exit')).toEqual([0, null]);
  },
);

test.each(BLOCKS.filter(({ mark }) => mark === 'serve'))(
  'a block of the README marked serve runs until it is stopped: $code',
  async ({ code }) => {
    const shell = start(code);
    const exit = once(shell, 'exit');
    for await (const line of createInterface(shell.stdout)) if (line.includes('"started"')) break;
    shell.stdout.resume();
    shell.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  },
);

function start(code: string) {
  return spawn('bash', ['-euo', 'pipefail', '-c', code], {
    cwd: ROOT,
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
