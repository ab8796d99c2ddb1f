import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const GO = 'go';
const PROGRAMS = join(import.meta.dirname, '../../.cache/bench');

export interface GoProgram {
  /** Folder next to this file that has the `go.mod`. */
  sources: string;
  /** Package within it. Default: the folder itself. */
  package?: string;
  /** File name of the program. */
  name: string;
}

/** Returns the version of Go, such as `go version go1.26.8 linux/amd64`, or undefined if it is not installed. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync(GO, ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Returns the path of the program once it is built. */
export function pathOf({ name }: GoProgram): string {
  return join(PROGRAMS, name);
}

/** Builds the program, unless that has been done. */
export function buildGoProgram({ sources, package: main = '.', name }: GoProgram): void {
  mkdirSync(PROGRAMS, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-p=1 -buildvcs=false -mod=readonly' };
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', pathOf({ sources, name }), main];
  const cwd = join(import.meta.dirname, sources);
  execFileSync('nice', ['-n', '19', GO, ...args], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
}
