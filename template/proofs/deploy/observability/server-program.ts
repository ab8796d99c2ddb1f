/** The service as its own program starts it, with its own domains and the items beside them. */
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
