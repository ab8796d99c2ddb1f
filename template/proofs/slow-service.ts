/** The service's own program, with the slow domain instead of the service's domains. */
import { join } from 'node:path';
import { main } from '../../internal/app/command-line.ts';
import { createSlowDomain } from '../support/slow.ts';

process.exit(
  await main({
    argv: process.argv.slice(2),
    env: process.env,
    defaultConfigDir: join(import.meta.dirname, '../../config'),
    domains: [createSlowDomain],
  }),
);
