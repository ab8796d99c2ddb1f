import { join } from 'node:path';
import { abortOnStopSignals } from '../../internal/migrate/stop-signals.ts';

// Installed before the slow import below: PID 1 of a container ignores a SIGTERM that it has no handler for.
const signal = abortOnStopSignals();
const { runMigrate } = await import('../../internal/migrate/migrate.ts');

process.exit(
  await runMigrate(
    {
      argv: process.argv.slice(2),
      env: process.env,
      defaultConfigDir: join(import.meta.dirname, '../../config'),
    },
    { folder: join(import.meta.dirname, '../../migrations'), signal },
  ),
);
