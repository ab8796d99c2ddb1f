/** The service's own program, with the items domain in addition to the service's domains. */
import { join } from 'node:path';
import { domains } from '../../../../internal/app/domains.ts';
import { runService } from '../../../../internal/app/service.ts';
import { createItemsDomain } from '../../../support/items.ts';

process.exit(
  await runService(
    {
      argv: process.argv.slice(2),
      env: process.env,
      defaultConfigDir: join(import.meta.dirname, '../../../../config'),
    },
    [...domains, createItemsDomain],
  ),
);
