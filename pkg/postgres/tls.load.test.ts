import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  describeWithSomePostgres,
  type PostgresServer,
  somePostgres,
} from '../../test/support/postgres/some-postgres.ts';
import { createTestAuthority, type TestAuthority } from '../../test/support/test-authority.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createPostgres } from './postgres.ts';

describeWithSomePostgres('a PostgreSQL server with TLS', () => {
  let authority: TestAuthority;
  let server: PostgresServer;
  beforeAll(async () => {
    authority = await createTestAuthority();
    const tls = await authority.issue('CN=database');
    server = await somePostgres({ tls, settings: { listen_addresses: '127.0.0.1,127.0.0.2' } });
    await server.run('CREATE VIEW encrypted AS SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', {
      url: server.url,
    });
  });
  afterAll(() => server.stop());

  /** Runs a statement and returns its rows, or the code of its error. */
  async function run(url: string, { ca, statement = 'TABLE encrypted' }: { ca?: string; statement?: string } = {}) {
    const logger = { info() {}, warn() {}, error() {} };
    const options = { url, ca, applicationName: 'tls', statementTimeoutMs: 500 };
    const postgres = createPostgres(options, { metrics: createMetrics(), logger });
    onTestFinished(() => postgres.close(AbortSignal.timeout(1_000)));
    return postgres.sql
      .raw(statement)
      .execute(postgres.database())
      .then(
        ({ rows }) => rows,
        ({ code }) => code,
      );
  }

  test.each(['verify-full', 'verify-ca', 'require'])('sslmode=%s encrypts and verifies', async (sslmode) => {
    const url = `${server.url}?sslmode=${sslmode}`;
    expect(await run(url, { ca: authority.cert })).toEqual([{ ssl: true }]);
    // Not signed by an authority that Node trusts, or by this one.
    expect(await run(url)).toBe('POSTGRES_DENIED');
    expect(await run(url, { ca: (await createTestAuthority('CN=Other')).cert })).toBe('POSTGRES_DENIED');
  });

  test('the certificate must be for the host name in the URL', async () => {
    const url = `${server.url}?sslmode=verify-full`;
    expect(await run(url.replace('127.0.0.1', 'localhost'), { ca: authority.cert })).toEqual([{ ssl: true }]);
    expect(await run(url.replace('127.0.0.1', '127.0.0.2'), { ca: authority.cert })).toBe('POSTGRES_DENIED');
  });

  test('without sslmode, the connection is not encrypted', async () => {
    expect(await run(server.url)).toEqual([{ ssl: false }]);
  });

  test('a server without TLS is rejected', async () => {
    const plain = await somePostgres();
    onTestFinished(plain.stop);
    expect(await run(`${plain.url}?sslmode=verify-full`, { ca: authority.cert })).toBe('POSTGRES_DENIED');
  });

  test('a statement is also cancelled over TLS', async () => {
    const logger = { info() {}, warn() {}, error() {} };
    const options = { url: `${server.url}?sslmode=verify-full`, ca: authority.cert, statementTimeoutMs: 60_000 };
    const postgres = createPostgres({ ...options, applicationName: 'cancelled' }, { metrics: createMetrics(), logger });
    onTestFinished(() => postgres.close(AbortSignal.timeout(1_000)));
    const active = () =>
      server.run("SELECT state FROM pg_stat_activity WHERE application_name = 'cancelled' AND state = 'active'");
    const controller = new AbortController();
    const sleep = postgres.sql`SELECT pg_sleep(60)`.execute(postgres.database(), { signal: controller.signal });
    const aborted = expect(sleep).rejects.toThrow('stop');
    await expect.poll(active).toHaveLength(1);
    controller.abort(new Error('stop'));
    await aborted;
    await expect.poll(active).toHaveLength(0);
  });
});
