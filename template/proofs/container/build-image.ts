import type { Bases } from './bases.ts';
import { docker, type EngineEnv } from './engine.ts';

export interface BuildOptions {
  root: string;
  bases: Bases;
  tag: string;
  /** Default: the architecture of the engine. */
  architecture?: string;
  /** Ignores cached layers, but not npm's package cache. Default: false. */
  noCache?: boolean;
}

export const VERSION = '1.2.3';
export const REVISION = '0123456789abcdef0123456789abcdef01234567';
export const CREATED = '2026-01-02T03:04:05Z';

/** Builds the image as the pipeline does. */
export async function buildImage(
  env: EngineEnv,
  { root, bases, tag, architecture, noCache = false }: BuildOptions,
): Promise<void> {
  const runsOn = await docker(env, ['version', '--format', '{{.Server.Arch}}']);
  const values = {
    BUILD_IMAGE: bases.build,
    RUNTIME_IMAGE: bases.runtime(architecture ?? runsOn),
    SOURCE_DATE_EPOCH: '1767323045',
    VERSION,
    REVISION,
    CREATED,
  };
  await docker(env, [
    'build',
    '--quiet',
    // npm reaches the registry even if the machine's resolver is not reachable from a bridge network.
    '--network=host',
    ...(architecture === undefined ? [] : ['--platform', `linux/${architecture}`]),
    ...(noCache ? ['--no-cache'] : []),
    ...Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    '--tag',
    tag,
    root,
  ]);
}
