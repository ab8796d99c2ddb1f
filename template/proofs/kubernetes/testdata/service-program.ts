/** The service's own program, with a domain that works while it is elected, and a route that calls another service. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Domain, DomainContext } from '../../../../internal/app/domain.ts';
import { runService } from '../../../../internal/app/service.ts';

function createDomain({ client, elect, logging }: DomainContext): Domain {
  const election = elect?.('cleaning');
  const logger = logging.component('cleaning');
  return {
    async routes(app) {
      app.get('/greeting', { config: { access: 'public' } }, async () => {
        const { body } = await client.request('service://greeter/', { target: 'greeter' });
        return body.toString();
      });
    },
    components: [
      {
        name: 'cleaning',
        start: () =>
          election?.start(async ({ signal }) => {
            logger.info('cleaning');
            if (!signal.aborted) await once(signal, 'abort');
          }),
        stop: (signal: AbortSignal) => election?.stop(signal),
      },
    ],
  };
}

process.exit(
  await runService(
    {
      argv: process.argv.slice(2),
      env: process.env,
      defaultConfigDir: join(import.meta.dirname, '../../../../config'),
    },
    [createDomain],
  ),
);
