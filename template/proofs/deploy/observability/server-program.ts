/** The service's own program, with the items domain in addition to the service's domains. */
import { join } from 'node:path';
import { main } from '../../../../internal/app/command-line.ts';
import { domains } from '../../../../internal/app/domains.ts';
import { createItemsDomain } from '../../../support/items.ts';

process.exit(
  await main({
    argv: process.argv.slice(2),
    env: process.env,
    defaultConfigDir: join(import.meta.dirname, '../../../../config'),
    domains: [...domains, createItemsDomain],
  }),
);
