import { join } from 'node:path';
import { handleEarlySignals } from '../../pkg/lifecycle/early-signals.ts';

// Installed before the slow import below: PID 1 of a container ignores a SIGTERM that it has no handler for.
handleEarlySignals();
const { runControllers } = await import('../../internal/controller/service.ts');

process.exit(
  await runControllers({
    argv: process.argv.slice(2),
    env: process.env,
    defaultConfigDir: join(import.meta.dirname, '../../config'),
  }),
);
