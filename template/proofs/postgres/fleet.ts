import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runServer, type Service, type ServiceOptions, startService } from '../../../test/support/service.ts';

/** How long after the signal clients still send requests to an instance that stops. */
const NOTICE_MS = 500;
const DRAIN_DELAY = '1s';

/** Instances of the service on one database. */
export interface Fleet {
  /** Running instances that clients send requests to. */
  readonly current: readonly Service[];
  /** Every instance so far. */
  readonly all: readonly Service[];
  /** Starts an instance, then terminates the oldest one. Rejects if it did not stop in order. */
  replaceOldest(): Promise<void>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly url: string;
  /** A file that contains the URL, and from which the instances read it again when it changes. Default: a variable. */
  readonly urlFile?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly size?: number;
}

/** Applies the migrations with the program of the service. */
export async function migrate(url: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { code, stderr, stdout } = await runServer({
    program: 'cmd/migrate/main.ts',
    env: { SKIFF_POSTGRES_ENABLED: 'true', SKIFF_POSTGRES_URL: url, ...env },
  });
  if (code !== 0) throw new Error(`the migrations failed with ${code}: ${stdout}${stderr}`);
}

const ENVIRONMENT: NodeJS.ProcessEnv = {
  SKIFF_LOG_LEVEL: 'info',
  SKIFF_POSTGRES_ENABLED: 'true',
  SKIFF_POSTGRES_MAX_CONNECTIONS: '5',
  SKIFF_POSTGRES_CONNECT_TIMEOUT: '1s',
  SKIFF_POSTGRES_STATEMENT_TIMEOUT: '1s',
  SKIFF_FLAGS_STORE: 'postgres',
  SKIFF_LIFECYCLE_DRAIN_DELAY: DRAIN_DELAY,
  // On a busy machine, the service would shed requests, which is not what these proofs measure.
  SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s',
};

/** Starts instances, which the caller has to stop. */
export async function startFleet({ url, urlFile, env = {}, size = 2 }: FleetOptions): Promise<Fleet> {
  if (urlFile !== undefined) writeFileSync(urlFile, url);
  const address = urlFile === undefined ? { SKIFF_POSTGRES_URL: url } : { SKIFF_POSTGRES_URL_FILE: urlFile };
  const options: ServiceOptions = { env: { ...ENVIRONMENT, ...address, ...env } };
  const current = await Promise.all(Array.from({ length: size }, () => startService(options)));
  const all = [...current];
  return {
    current,
    all,
    async replaceOldest() {
      const added = await startService(options);
      all.push(added);
      current.push(added);
      const [oldest] = current;
      oldest?.kill('SIGTERM');
      await delay(NOTICE_MS);
      current.shift();
      const exit = await oldest?.exit;
      if (exit?.code !== 0 || exit.stderr !== '') throw new Error(`an instance stopped with ${JSON.stringify(exit)}`);
    },
    async stop() {
      for (const { child } of current) child.kill('SIGTERM');
      const exits = await Promise.all(current.map(({ exit }) => exit));
      const failed = exits.filter(({ code, stderr }) => code !== 0 || stderr !== '');
      if (failed.length > 0) throw new Error(`instances stopped with ${JSON.stringify(failed)}`);
    },
  };
}
