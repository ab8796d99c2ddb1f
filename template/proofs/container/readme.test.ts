import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { docker } from './engine.ts';

const ROOT = join(import.meta.dirname, '../../..');
const env = inject('engineEnv');
const bases = inject('baseImages');
const LIMIT_MS = 30_000;

const [, section = ''] = /^## Run in a container$(.*?)^##/ms.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
const COMMANDS = [...section.matchAll(/^```sh$(.*?)^```$/gms)].flatMap(([, code = '']) => code.trim().split('\n'));

/** Contains a `docker` wrapper that builds on the available base images and publishes to free ports of this machine. */
const bin = mkdtempSync(join(tmpdir(), 'bin-'));
afterAll(() => rmSync(bin, { recursive: true }));
const script = `#!/usr/bin/env bash
case $1 in
  build) shift; set -- build --quiet --network=host --build-arg BUILD_IMAGE=${bases.build} --build-arg RUNTIME_IMAGE=${bases.amd64} "$@" ;;
  run) shift; set -- run --detach "$@" ;;
esac
for argument; do
  shift
  if [[ $argument =~ ^[0-9]+:([0-9]+)$ ]]; then argument=127.0.0.1::\${BASH_REMATCH[1]}; fi
  set -- "$@" "$argument"
done
exec "$DOCKER" "$@"
`;
writeFileSync(join(bin, 'docker'), script, { mode: 0o755 });

function run(command: string): string {
  const path = `${bin}:${process.env.PATH}`;
  return execFileSync('bash', ['-euc', command], { cwd: ROOT, env: { ...env, PATH: path }, encoding: 'utf8' }).trim();
}

test('the README describes how to build and run the image', () => {
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
