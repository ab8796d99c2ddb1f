import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { blocksIn, ROOT, read } from './markdown.ts';

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
    const messages: unknown[] = [];
    // The output ends when the service has exited, which can be after the shell and npm.
    for await (const line of createInterface(shell.stdout)) {
      if (!line.startsWith('{')) continue;
      const { msg } = JSON.parse(line);
      messages.push(msg);
      if (msg === 'started') shell.kill('SIGTERM');
    }
    expect(messages.at(-1)).toBe('stopped');
  },
);

function start(code: string) {
  return spawn('bash', ['-euo', 'pipefail', '-c', code], {
    cwd: ROOT,
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
