import { join } from 'node:path';
import { runMigrate } from '../migrate.ts';
import { abortOnStopSignals } from '../stop-signals.ts';

/** Like cmd/migrate, with the folder of the migrations as its first argument. */
const signal = abortOnStopSignals();
const [folder = '', ...argv] = process.argv.slice(2);
const defaultConfigDir = join(import.meta.dirname, '../../../config');
process.exit(await runMigrate({ argv, env: process.env, defaultConfigDir }, { folder, signal }));
