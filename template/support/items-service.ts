import { join } from 'node:path';
import { type Service, type ServiceOptions, startService } from '../../test/support/service.ts';
import { ITEM_GRANTS } from './items.ts';

export interface ItemsServiceOptions extends ServiceOptions {
  /** Starts the process so that `measure` can query its memory and handles. Default: false. */
  readonly measured?: boolean;
}

const MEASURED = {
  nodeArgs: ['--expose-gc', '--import', join(import.meta.dirname, 'preload-measure.ts')],
  ipc: true,
};

/** Starts the service with the items domain at `/v1/items` instead of its own domains, and with roles for it. */
export function startItemsService({ measured = false, ...options }: ItemsServiceOptions = {}): Promise<Service> {
  return startService({
    program: 'template/support/server.ts',
    ...(measured ? MEASURED : {}),
    ...options,
    env: { SKIFF_AUTH_GRANTS: ITEM_GRANTS, ...options.env },
  });
}
