import { join } from 'node:path';
import { healthcheck } from '../../internal/healthcheck/healthcheck.ts';

process.exit(
  await healthcheck({
    argv: process.argv.slice(2),
    env: process.env,
    defaultConfigDir: join(import.meta.dirname, '../../config'),
  }),
);
