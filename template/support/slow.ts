import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Domain, DomainContext } from '../../internal/app/domain.ts';
import { createItemsDomain } from './items.ts';

const querystring = Type.Object({ ms: Type.Integer({ minimum: 0, maximum: 60_000 }) });

/**
 * The items, and `GET /v1/slow?ms=`, which responds after that time. Logs all metrics once the public listener has
 * closed, when the last request has just ended.
 */
export function createSlowDomain({ metrics, logging }: DomainContext): Domain {
  const items = createItemsDomain({ metrics });
  const logger = logging.component('slow');
  return {
    async routes(app) {
      await app.register(items.routes);
      app.get('/slow', { config: { access: 'public' }, schema: { querystring } }, async ({ query }) => {
        await sleep(query.ms);
        return { waitedMs: query.ms };
      });
    },
    components: [
      {
        name: 'last scrape',
        async stop() {
          logger.info({ metrics: (await metrics.expose()).body }, 'last scrape');
        },
      },
    ],
  };
}
