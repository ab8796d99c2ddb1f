import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  describeWithSomePostgres,
  type PostgresServer,
  somePostgres,
} from '../../../test/support/postgres/some-postgres.ts';
import { createLogging } from '../../logging/logging.ts';
import { readApplied } from './applied.ts';
import { type MigrateOptions, migrate } from './migrate.ts';
import { type Migration, parseMigration } from './migration.ts';
import { openSession, type Session } from './session.ts';

const create = parseMigration('0001-create.sql', 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);');
const fill = parseMigration('0002-fill.sql', "INSERT INTO orders VALUES (1, 'a'), (2, 'a');");
const index = (unique = '') =>
  parseMigration(
    '0003-index.sql',
    '-- no-transaction\n' +
      'DROP INDEX CONCURRENTLY IF EXISTS orders_by_note;\n' +
      `CREATE ${unique} INDEX CONCURRENTLY orders_by_note ON orders (note);\n`,
  );

describeWithSomePostgres('the migrations', () => {
  let server: PostgresServer;
  let databases = 0;
  let url: string;
  beforeAll(async () => {
    server = await somePostgres();
  });
  afterAll(() => server?.stop());

  async function newDatabase(): Promise<void> {
    databases += 1;
    url = await server.createDatabase(`migrations-${databases}`);
  }

  async function session(): Promise<Session> {
    const opened = await openSession({ url, connectTimeoutMs: 10_000, applicationName: 'migrate' });
    onTestFinished(() => opened.close().catch(() => {}));
    return opened;
  }

  /** Applies migrations in a session of their own. Returns the log. */
  async function apply(migrations: readonly Migration[], options: Partial<MigrateOptions> = {}) {
    const { query, close } = await session();
    const log = new PassThrough({ encoding: 'utf8' });
    const { logger } = await createLogging({ level: 'info', format: 'json' }, log);
    const { signal } = new AbortController();
    const limits = { waitTimeoutMs: 20_000, lockTimeoutMs: 10_000, signal };
    await migrate({ migrations, ...limits, ...options }, { query, logger }).finally(close);
    return String(log.read());
  }

  const run = (sql: string) => server.run(sql, { url });
  const appliedNames = async () => (await readApplied((await session()).query)).map(({ name }) => name);

  test('are applied once, in order, and recorded with their checksums and headers', async () => {
    await newDatabase();
    const contract = parseMigration('0004-drop.sql', '-- breaks-before: 0001\nALTER TABLE orders DROP COLUMN note;');
    expect(await apply([create, fill, contract])).toMatch(/0001-create[\s\S]*0002-fill[\s\S]*0004-drop/);
    expect(await apply([create, fill, contract])).not.toContain('applied migration');
    expect(await readApplied((await session()).query)).toMatchObject([
      { number: 1, name: '0001-create', checksum: create.checksum, breaksBefore: undefined },
      { number: 2, name: '0002-fill' },
      { number: 4, name: '0004-drop', breaksBefore: 1, appliedAt: expect.any(Date) },
    ]);
    expect(await run('SELECT id FROM orders ORDER BY id')).toEqual([{ id: '1' }, { id: '2' }]);
  });

  test('are applied once by two programs at the same time, even an index that is built concurrently', async () => {
    await newDatabase();
    // The program that waits must not have a statement in progress, for which the build of the index would wait.
    const slow = parseMigration('0002-fill.sql', `SELECT pg_sleep(0.5); ${fill.sql}`);
    const logs = await Promise.all(Array.from({ length: 3 }, () => apply([create, slow, index()])));
    expect(logs.join('').match(/"applied migration"/g)).toHaveLength(3);
    expect(await run('SELECT count(*)::int AS count FROM orders')).toEqual([{ count: 2 }]);
  });

  test('wait for another program no longer than the time limit', async () => {
    await newDatabase();
    const { query } = await session();
    await query('SELECT pg_advisory_lock($1, hashtext(current_schema()))', [0x6d696772]);
    await expect(apply([create], { waitTimeoutMs: 300 })).rejects.toThrow(
      'another program has been applying migrations',
    );
    expect(await appliedNames()).toEqual([]);
    await query('SELECT pg_advisory_unlock_all()');
    await apply([create]);
  });

  test('do not wait for a program that died', async () => {
    await newDatabase();
    const dying = apply([parseMigration('0001-slow.sql', 'SELECT pg_sleep(600);')]);
    const failed = expect(dying).rejects.toThrow();
    const victim = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()`;
    await expect.poll(() => run(victim)).toHaveLength(1);
    await run(`SELECT pg_terminate_backend(pid) FROM (${victim}) AS victim`);
    await failed;
    await apply([create]);
    expect(await appliedNames()).toEqual(['0001-create']);
  });

  test('that fail change nothing, name the line, and keep those before them', async () => {
    await newDatabase();
    const broken = parseMigration('0002-broken.sql', 'INSERT INTO orders VALUES (1);\n\nINSERT INTO ordrs VALUES (2);');
    await expect(apply([create, broken])).rejects.toThrow('0002-broken.sql line 3: relation "ordrs" does not exist');
    expect(await appliedNames()).toEqual(['0001-create']);
    expect(await run('SELECT * FROM orders')).toEqual([]);
    await apply([create, fill]);
  });

  test('that were changed, renamed or inserted after they were applied are rejected', async () => {
    await newDatabase();
    await apply([create, index()]);
    const edited = parseMigration('0001-create.sql', `${create.sql} -- edited`);
    await expect(apply([edited])).rejects.toThrow('0001-create.sql was changed after it was applied: restore it');
    const other = parseMigration('0001-other.sql', create.sql);
    await expect(apply([other])).rejects.toThrow('migration 1 was applied as 0001-create.sql: renumber 0001-other.sql');
    await expect(apply([create, fill, index()])).rejects.toThrow('0002-fill.sql is older than 0003-index.sql');
    expect(await appliedNames()).toEqual(['0001-create', '0003-index']);
  });

  test('of a newer release do not hinder an older one, unless they break it', async () => {
    await newDatabase();
    await apply([create, fill]);
    await apply([create]);
    const contract = parseMigration('0003-drop.sql', '-- breaks-before: 0002\nALTER TABLE orders DROP COLUMN note;');
    await apply([create, fill, contract]);
    await apply([create, fill]);
    await expect(apply([create])).rejects.toThrow(
      '0003-drop, applied by a newer release, removed what this release uses',
    );
  });

  test('that build an index and fail can be applied again, although they leave an invalid index', async () => {
    await newDatabase();
    await apply([create, fill]);
    await expect(apply([create, fill, index('UNIQUE')])).rejects.toThrow(
      '0003-index.sql: could not create unique index',
    );
    const validity = `SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_by_note'::regclass`;
    expect(await run(validity)).toEqual([{ indisvalid: false }]);
    expect(await appliedNames()).toEqual(['0001-create', '0002-fill']);

    await run('UPDATE orders SET note = id::text');
    await apply([create, fill, index('UNIQUE')]);
    expect(await run(validity)).toEqual([{ indisvalid: true }]);
  });

  test('that cannot lock a table do not block it, and are tried again', async () => {
    await newDatabase();
    await apply([create]);
    const { query } = await session();
    await query('BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE');
    const add = parseMigration('0002-add.sql', 'ALTER TABLE orders ADD COLUMN price bigint;');
    const applying = apply([create, add], { lockTimeoutMs: 1_000 });
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'`;
    await expect.poll(() => run(waiting), { interval: 20 }).toHaveLength(1);
    // Reads queue behind the migration only until its time limit.
    await run('SELECT * FROM orders');
    await query('COMMIT');
    expect(await applying).toContain('migration cannot lock a table; trying again');
    expect(await appliedNames()).toEqual(['0001-create', '0002-add']);
  });

  test('that never get a lock fail after five attempts', async () => {
    await newDatabase();
    await apply([create]);
    const { query } = await session();
    await query('BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE');
    const add = parseMigration('0002-add.sql', 'ALTER TABLE orders ADD COLUMN price bigint;');
    await expect(apply([create, add], { lockTimeoutMs: 50 })).rejects.toThrow(
      'canceling statement due to lock timeout',
    );
  });

  test('stop before the next one if the signal aborts', async () => {
    await newDatabase();
    const stop = new AbortController();
    const slow = parseMigration('0001-slow.sql', 'SELECT pg_sleep(3); CREATE TABLE orders (id bigint, note text);');
    const applying = apply([slow, fill], { signal: stop.signal });
    await expect
      .poll(() => run(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`), { interval: 20 })
      .toHaveLength(1);
    stop.abort();
    await expect(applying).rejects.toThrow('stopped before migration 0002-fill');
    expect(await appliedNames()).toEqual(['0001-slow']);
  });

  test('do not see settings that an earlier one changed, nor a time limit of their user', async () => {
    await newDatabase();
    const setting = parseMigration('0001-set.sql', "SET lock_timeout = '1h'; SET work_mem = '1MB';");
    const names = ['lock_timeout', 'work_mem', 'statement_timeout'];
    const columns = names.map((name) => `current_setting('${name}') AS ${name}`).join();
    const record = parseMigration('0002-record.sql', `CREATE TABLE seen AS SELECT ${columns};`);
    await run(`ALTER ROLE service SET statement_timeout = '90s'`);
    onTestFinished(() => run('ALTER ROLE service RESET statement_timeout').then(() => {}));
    await apply([setting, record], { lockTimeoutMs: 1_234 });
    expect(await run('SELECT * FROM seen')).toEqual([
      { lock_timeout: '1234ms', work_mem: '4MB', statement_timeout: '0' },
    ]);
  });

  test('a session that cannot connect rejects without the password', async () => {
    const bad = server.url.replace(server.password, 'wrong-password');
    const opening = openSession({ url: bad, connectTimeoutMs: 10_000, applicationName: 'migrate' });
    await expect(opening).rejects.toThrow('password authentication failed');
    await expect(opening).rejects.not.toThrow('wrong-password');
  });
});
