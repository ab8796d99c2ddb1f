import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker, type EngineEnv } from './engine.ts';

export interface Bases {
  build: string;
  /** Returns the runtime base for an architecture, by its Go name. */
  runtime(architecture: string): string;
  /** Whether these are the base images of the Dockerfile. */
  real: boolean;
}

/** Pulls the base images of the Dockerfile or, if no registry is reachable, builds substitutes. */
export async function provideBases(env: EngineEnv, root: string): Promise<Bases> {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const named = (argument: string): string => {
    const [, image] = new RegExp(`^ARG ${argument}=(\\S+)$`, 'm').exec(dockerfile) ?? [];
    if (image === undefined) throw new Error(`the Dockerfile has no ARG ${argument}`);
    return image;
  };
  const [build, runtime] = [named('BUILD_IMAGE'), named('RUNTIME_IMAGE')];
  try {
    for (const image of [build, runtime]) await docker(env, ['pull', '--quiet', image]);
    return { build, runtime: () => runtime, real: true };
  } catch {
    execFileSync(join(import.meta.dirname, 'substitute-images.sh'), { env, stdio: ['ignore', 'ignore', 'inherit'] });
    return { build: 'skiff-test/build', runtime: (architecture) => `skiff-test/runtime-${architecture}`, real: false };
  }
}
