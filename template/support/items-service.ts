import { join } from 'node:path';
import { type Service, type ServiceOptions, startService } from '../../test/support/service.ts';
import { ITEM_GRANTS } from './items.ts';

export interface ItemsServiceOptions extends ServiceOptions {
  /** Prepares the process for `measure`. Default: false. */
  readonly measured?: boolean;
}

const MEASURED = {
  nodeArgs: ['--expose-gc', '--import', join(import.meta.dirname, 'preload-measure.ts')],
  ipc: true,
};

/** Starts the service with items at `/v1/items` in place of its own domains, and with roles for them. */
export function startItemsService({ measured = false, ...options }: ItemsServiceOptions = {}): Promise<Service> {
  return startService({
    program: 'template/support/server.ts',
    ...(measured ? MEASURED : {}),
    ...options,
    env: { SKIFF_AUTH_GRANTS: ITEM_GRANTS, ...options.env },
  });
}
