/** The service's own program, with the slow domain instead of the service's domains. */
import { join } from 'node:path';
import { runService } from '../../internal/app/service.ts';
import { createSlowDomain } from '../support/slow.ts';

process.exit(
  await runService(
    {
      argv: process.argv.slice(2),
      env: process.env,
      defaultConfigDir: join(import.meta.dirname, '../../config'),
    },
    [createSlowDomain],
  ),
);
