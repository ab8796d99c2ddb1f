import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError } from '../../pkg/config/config-error.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { migrate } from '../../pkg/postgres/migrations/migrate.ts';
import { readMigrations } from '../../pkg/postgres/migrations/migration.ts';
import { openSession, type Session } from '../../pkg/postgres/migrations/session.ts';
import { type CommandLineInput, main } from '../app/command-line.ts';
import { loadConfig } from '../config/config.ts';
import type { ConfigInput } from '../config/layers.ts';
import { readCa } from '../postgres/ca.ts';
import { isUpToDate, logStatus } from './report.ts';

const HELP = `Applies the migrations in migrations/ to the database at postgres.url.

  --status            log which migrations are applied, and change nothing
  --check             exit with 1 if any migration is not applied or this release cannot use the schema,
                      and change nothing

`;

const MODES = ['--status', '--check'] as const;
type Mode = (typeof MODES)[number];

export interface MigrateInput {
  /** The folder of the migrations. */
  readonly folder: string;
  /** Stops before the next migration. */
  readonly signal: AbortSignal;
}

/**
 * Applies the migrations, or reports on them.
 *
 * @returns the exit code: 0 when all are applied, 1 when they are not or the database is unavailable, 64 for an unknown
 *   option, 78 for an invalid configuration.
 */
export async function runMigrate(input: CommandLineInput, options: MigrateInput): Promise<number> {
  const isMode = (argument: string): argument is Mode => MODES.some((mode) => mode === argument);
  const mode = input.argv.find(isMode);
  const argv = input.argv.filter((argument) => !isMode(argument));
  if (argv.includes('--help')) process.stdout.write(HELP);
  const name = `${packageJson.name}-migrate`;
  return main({ ...input, argv }, { name, run: (config) => run(config, { ...options, mode, name }) });
}

interface RunOptions extends MigrateInput {
  readonly mode: Mode | undefined;
  readonly name: string;
}

async function run(input: ConfigInput, { folder, signal, mode, name }: RunOptions): Promise<number> {
  const { config } = loadConfig(input);
  const { url, caFile, connectTimeoutMs, migrations } = config.postgres;
  if (url === undefined) throw new ConfigError([{ key: 'postgres.url', origin: 'default', expected: 'the database' }]);
  const logging = await createLogging({ ...config.log, base: { service: name, version: config.service.version } });
  const { logger } = logging;
  let session: Session | undefined;
  try {
    const known = readMigrations(folder);
    session = await openSession({ url, ca: readCa(caFile), connectTimeoutMs, applicationName: name });
    const deps = { query: session.query, logger };
    if (mode === '--check') return (await isUpToDate(known, deps)) ? 0 : 1;
    if (mode === '--status') await logStatus(known, deps);
    else await migrate({ migrations: known, ...migrations, signal }, deps);
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'migration failed');
    return 1;
  } finally {
    await session?.close().catch(() => {});
    logging.flush();
  }
}
