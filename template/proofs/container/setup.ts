import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { provideBases } from './bases.ts';
import { buildImage } from './build-image.ts';
import { type EngineEnv, startEngine } from './engine.ts';

const ROOT = join(import.meta.dirname, '../../..');

declare module 'vitest' {
  export interface ProvidedContext {
    engineEnv: EngineEnv;
    /** The image under test. */
    image: string;
    baseImages: { build: string; amd64: string; arm64: string; real: boolean };
  }
}

/** Provides an engine, the base images and the image under test to all tests. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const engine = await startEngine();
  try {
    const bases = await provideBases(engine.env, ROOT);
    process.stdout.write(
      `base images: ${bases.real ? 'those of the Dockerfile' : 'substitutes, because no registry is reachable'}\n`,
    );
    const image = 'skiff-test/image:first';
    await buildImage(engine.env, { root: ROOT, bases, tag: image });
    provide('engineEnv', engine.env);
    provide('image', image);
    const [amd64, arm64] = [bases.runtime('amd64'), bases.runtime('arm64')];
    provide('baseImages', { build: bases.build, amd64, arm64, real: bases.real });
    return engine.stop;
  } catch (error) {
    engine.stop();
    throw error;
  }
}
