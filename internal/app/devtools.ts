import type { Devtools } from '../../pkg/devtools/devtools.ts';

/** Loads the dashboard in development. Returns undefined in every other environment, and in the build. */
export async function loadDevtools(environment: string): Promise<Devtools | undefined> {
  if (environment !== 'development') return undefined;
  // Not a literal, so that the bundler does not follow it: the build contains no dashboard.
  const { href } = new URL('../../pkg/devtools/devtools.ts', import.meta.url);
  try {
    const { createDevtools }: typeof import('../../pkg/devtools/devtools.ts') = await import(href);
    return createDevtools();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
