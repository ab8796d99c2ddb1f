import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const O_NONBLOCK = 0o4000;

test('Node makes an inherited pipe non-blocking for every process that has it, once process.stdout is opened', async () => {
  const script = `
    const { readFileSync, writeSync } = require('node:fs');
    const flags = () => /flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'))[1];
    const before = flags();
    void process.stdout;
    writeSync(2, JSON.stringify([before, flags()]));
  `;
  // A shell makes a pipe; the streams of a child process are sockets.
  const child = spawn('sh', ['-c', '"$0" -e "$1" | cat', process.execPath, script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const flags: string[] = JSON.parse(await text(child.stderr));
  expect(flags.map((octal) => (Number.parseInt(octal, 8) & O_NONBLOCK) !== 0)).toEqual([false, true]);
});
