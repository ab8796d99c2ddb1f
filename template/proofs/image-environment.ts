import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCKERFILE = join(import.meta.dirname, '../../Dockerfile');

/** Returns the environment variables of the image that limit the memory of the process. */
export function imageEnvironment(): { NODE_OPTIONS: string; MALLOC_ARENA_MAX: string } {
  const text = readFileSync(DOCKERFILE, 'utf8');
  const [, options] = /NODE_OPTIONS="([^"]*)"/.exec(text) ?? [];
  const [, arenas] = /MALLOC_ARENA_MAX=(\d+)/.exec(text) ?? [];
  if (options === undefined || arenas === undefined) throw new Error('the Dockerfile sets no memory options');
  return { NODE_OPTIONS: options, MALLOC_ARENA_MAX: arenas };
}
