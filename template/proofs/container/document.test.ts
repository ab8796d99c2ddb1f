import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { blocksIn } from '../docs/blocks.ts';
import { writeDockerWrapper } from './docker-wrapper.ts';
import { docker } from './engine.ts';

const env = inject('engineEnv');
const bases = inject('baseImages');
const LIMIT_MS = 30_000;

const COMMANDS = blocksIn(read('docs/container.md'))
  .filter(({ section }) => section === 'Container image')
  .flatMap(({ code }) => code.trim().split('\n'));

const bin = mkdtempSync(join(tmpdir(), 'bin-'));
afterAll(() => rmSync(bin, { recursive: true }));
writeDockerWrapper(bin, { bases, detached: true });

function run(command: string): string {
  const path = `${bin}:${process.env.PATH}`;
  return execFileSync('bash', ['-euc', command], { cwd: ROOT, env: { ...env, PATH: path }, encoding: 'utf8' }).trim();
}

test('docs/container.md describes how to build and run the image', () => {
  expect(COMMANDS.map((command) => command.split(' ', 2).join(' '))).toEqual([
    'docker build',
    'docker run',
    'docker run',
  ]);
  expect(run(COMMANDS[0] ?? '')).toMatch(/^sha256:/);
});

test.each(COMMANDS.slice(1))('%s', async (command) => {
  const id = run(command);
  try {
    for (const [port, path] of [
      ['8080', '/version'],
      ['9091', '/readyz'],
    ]) {
      const [address] = (await docker(env, ['port', id, `${port}/tcp`])).split('\n');
      expect(await pollStatus(`http://${address}${path}`)).toBe(200);
    }
  } finally {
    await docker(env, ['rm', '--force', id]);
  }
});

async function pollStatus(url: string): Promise<number> {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.status === 200 || performance.now() > limit) return response?.status ?? 0;
  }
}
