import type { AttachOptions } from '../../pkg/devtools/devtools.ts';
import type { Configuration } from '../config/config.ts';
import type { Offers } from './connections.ts';
import type * as panels from './panels.ts';

type Options = Omit<AttachOptions, 'panels'> & { configuration: Configuration; offers: Offers };

/** Loads the dashboard in development. Returns undefined in every other environment, and in the build. */
export async function loadDevtools(environment: string) {
  if (environment !== 'development') return undefined;
  // Not literals, so that the bundler does not follow them: the build contains no dashboard.
  const load = (path: string) => import(new URL(path, import.meta.url).href);
  try {
    const { createDevtools }: typeof import('../../pkg/devtools/devtools.ts') = await load(
      '../../pkg/devtools/devtools.ts',
    );
    const { createPanels }: typeof panels = await load('./panels.ts');
    const devtools = createDevtools();
    return {
      ...devtools,
      attach({ offers, ...options }: Options) {
        devtools.attach({ ...options, panels: createPanels({ ...offers, configuration: options.configuration }) });
      },
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
