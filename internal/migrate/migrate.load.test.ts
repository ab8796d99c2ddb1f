import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  describeWithSomePostgres,
  type PostgresServer,
  somePostgres,
} from '../../test/support/postgres/some-postgres.ts';

const FILES = {
  '0001-create.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n',
  '0002-fill.sql': 'INSERT INTO orders VALUES (1);\n',
};

describeWithSomePostgres('the program migrate', () => {
  let server: PostgresServer;
  let databases = 0;
  let url: string;
  beforeAll(async () => {
    server = await somePostgres();
  });
  beforeEach(async () => {
    databases += 1;
    url = await server.createDatabase(`migrate-${databases}`);
  });
  afterAll(() => server?.stop());

  const run = (sql: string) => server.run(sql, { url });

  interface Run {
    readonly child: ChildProcess;
    readonly exit: Promise<{ code: number | null; lines: Record<string, unknown>[]; stdout: string; stderr: string }>;
  }

  /** Starts the program with these files in its folder of migrations. */
  function start(
    files: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Run {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('testdata/program.ts', import.meta.url)), folder, ...args],
      {
        env: { PATH: process.env.PATH, SKIFF_ENVIRONMENT: 'test', SKIFF_POSTGRES_URL: url, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const exit = output.then(([stdout, stderr, [code]]) => {
      const lines = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
      return { code, lines, stdout, stderr };
    });
    return { child, exit };
  }

  test('applies the migrations, logs each, and exits with 0; again, there is nothing to do', async () => {
    const { code, lines } = await start(FILES).exit;
    expect(code).toBe(0);
    expect(lines.map(({ msg, migration }) => [msg, migration])).toEqual([
      ['applied migration', '0001-create'],
      ['applied migration', '0002-fill'],
      ['the schema is up to date', undefined],
    ]);
    expect(await start(FILES).exit).toMatchObject({ code: 0, lines: [{ applied: 0 }] });
  });

  test('exits with 1 and names the migration if one fails', async () => {
    const { code, lines } = await start({ ...FILES, '0003-bad.sql': 'DROP TABLE no_such_table;' }).exit;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: 'migration failed',
      err: { message: '0003-bad.sql: table "no_such_table" does not exist' },
    });
    expect(await run('SELECT max(number) AS newest FROM schema_migrations')).toEqual([{ newest: 2 }]);
  });

  test('exits with 1 without the password in its log if the database is unavailable', async () => {
    const { code, stdout, stderr } = await start(FILES, [], { SKIFF_POSTGRES_URL: 'postgres://a:hush-1@127.0.0.1:1/b' })
      .exit;
    expect(code).toBe(1);
    expect(stdout).toContain('ECONNREFUSED');
    expect(stdout + stderr).not.toContain('hush-1');
  });

  test('--status logs the state of each migration and changes nothing', async () => {
    const states = async (files: Readonly<Record<string, string>>) => {
      const { code, lines } = await start(files, ['--status']).exit;
      return [code, ...lines.map(({ migration, state }) => `${migration} ${state}`)];
    };
    expect(await states(FILES)).toEqual([0, '0001-create pending', '0002-fill pending']);
    expect(await run(`SELECT to_regclass('schema_migrations') AS found`)).toEqual([{ found: null }]);
    await start(FILES).exit;
    const other = { '0001-create.sql': '-- edited', '0003-next.sql': '' };
    expect(await states(other)).toEqual([0, '0001-create changed', '0002-fill unknown', '0003-next pending']);
  });

  test('--check exits with 1 if a migration is pending or changed, or the schema is too new, and otherwise with 0', async () => {
    const check = (files: Readonly<Record<string, string>>) => start(files, ['--check']).exit;
    expect(await check(FILES)).toMatchObject({ code: 1, lines: [{ pending: ['0001-create', '0002-fill'] }] });
    await start(FILES).exit;
    expect(await check(FILES)).toMatchObject({ code: 0 });
    expect(await check({ ...FILES, '0002-fill.sql': '-- edited' })).toMatchObject({
      code: 1,
      lines: [{ changed: ['0002-fill'] }],
    });
    await run("INSERT INTO schema_migrations VALUES (4, '0004-drop', '', 3)");
    const { code, lines } = await check(FILES);
    expect([code, lines[0]?.problem]).toEqual([1, expect.stringContaining('0004-drop, applied by a newer release')]);
  });

  test('finishes the migration in progress on SIGTERM, and exits with 1 if more are pending', async () => {
    const files = {
      '0001-slow.sql': `SELECT pg_sleep(3);\n${FILES['0001-create.sql']}`,
      '0002-fill.sql': FILES['0002-fill.sql'],
    };
    const { child, exit } = start(files);
    await expect
      .poll(() => run(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`), { interval: 20 })
      .toHaveLength(1);
    child.kill('SIGTERM');
    const { code, lines } = await exit;
    expect([code, lines.at(-1)?.err]).toEqual([
      1,
      expect.objectContaining({ message: 'stopped before migration 0002-fill' }),
    ]);
    expect(await run('SELECT name FROM schema_migrations')).toEqual([{ name: '0001-slow' }]);
  });

  test('exits at once with 1 on a second SIGTERM, and PostgreSQL rolls back the migration', async () => {
    const { child, exit } = start({ '0001-slow.sql': `${FILES['0001-create.sql']}SELECT pg_sleep(3);` });
    const sleeping = `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;
    await expect.poll(() => run(sleeping), { interval: 20 }).toHaveLength(1);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await exit).toMatchObject({ code: 1 });
    await expect.poll(() => run(sleeping)).toEqual([]);
    expect(await run(`SELECT to_regclass('orders') AS found`)).toEqual([{ found: null }]);
    expect(await start(FILES).exit).toMatchObject({ code: 0 });
  });

  test('stops waiting for another program on SIGTERM', async () => {
    const first = start({ '0001-slow.sql': 'SELECT pg_sleep(600);' });
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE '%-migrate' AND datname = current_database()`;
    await expect.poll(() => run(`${sessions} AND wait_event = 'PgSleep'`), { interval: 20 }).toHaveLength(1);
    const second = start(FILES);
    await expect
      .poll(() => run(`${sessions} AND query LIKE '%pg_try_advisory_lock%'`), { interval: 20 })
      .toHaveLength(1);
    second.child.kill('SIGTERM');
    const { code, lines } = await second.exit;
    expect([code, lines.at(-1)?.err]).toEqual([
      1,
      expect.objectContaining({ message: 'stopped while another program was applying migrations' }),
    ]);
    await run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
    expect(await first.exit).toMatchObject({ code: 1 });
  });

  test('--help lists its options, an unknown one exits with 64, and a missing URL with 78', async () => {
    const help = await start({}, ['--help']).exit;
    expect([help.code, help.stdout]).toEqual([
      0,
      expect.stringMatching(/--status[\s\S]*--check[\s\S]*--set KEY=VALUE/),
    ]);
    expect(await start({}, ['--chekc']).exit).toMatchObject({ code: 64 });
    const { code, stderr } = await start({}, [], { SKIFF_POSTGRES_URL: undefined }).exit;
    expect([code, stderr]).toEqual([78, expect.stringContaining('postgres.url')]);
  });
});
