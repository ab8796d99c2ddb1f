import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { context, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startOtlpReceiver } from '../../template/support/otlp-receiver.ts';
import { startTcpProxy } from '../../template/support/tcp-proxy.ts';
import {
  describeWithSomePostgres,
  type PostgresServer,
  somePostgres,
} from '../../test/support/postgres/some-postgres.ts';
import { errorFields } from '../logging/error-fields.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startTracing } from '../tracing/tracing.ts';
import { createPostgres, type PostgresDependencies, type PostgresOptions } from './postgres.ts';

interface Tables {
  items: { id: number };
}

type Options = Partial<PostgresOptions> & Pick<PostgresOptions, 'url'>;

/** Connects with a log and metrics that the test can read. */
function open(options: Options, dependencies: Pick<PostgresDependencies, 'tracer'> = {}) {
  const lines: { line: string; fields: object }[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push({ line: `${level} ${message}`, fields });
  const logger = { info: log('info'), warn: log('warn'), error: log('error') };
  const metrics = createMetrics();
  const settings = { applicationName: 'test', slowQueryMs: 0, ...options };
  const postgres = createPostgres(settings, { metrics, logger, ...dependencies });
  onTestFinished(() => postgres.close(AbortSignal.timeout(1_000)));
  const database = postgres.database<Tables>();

  async function run(text: string, signal?: AbortSignal): Promise<unknown[]> {
    return (await postgres.sql.raw(text).execute(database, { signal })).rows;
  }
  async function metric(series: string): Promise<number | undefined> {
    const { body } = await metrics.expose();
    const line = body.split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }
  return { postgres, database, run, metric, lines, log: () => lines.map(({ line }) => line) };
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Rejects connections with the startup parameter `statement_timeout`, as PgBouncer does, and forwards all others. */
async function startRejectingProxy(target: number): Promise<number> {
  const fields = ['SFATAL', 'VFATAL', 'C08P01', 'Munsupported startup parameter: statement_timeout', ''];
  const text = fields.map((field) => `${field}\0`).join('');
  const rejection = Buffer.from(`E\0\0\0${String.fromCharCode(text.length + 4)}${text}`);
  const proxy = createServer((client) => {
    client.once('data', (startup: Buffer) => {
      if (startup.includes('statement_timeout')) return void client.end(rejection);
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) socket.on('error', () => {});
      upstream.write(startup);
      client.pipe(upstream).pipe(client);
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return (proxy.address() as AddressInfo).port;
}

describeWithSomePostgres('a PostgreSQL database', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await somePostgres({ settings: { max_connections: '30' } });
    await server.run('CREATE TABLE items (id int PRIMARY KEY)', { url: server.url });
  });
  afterAll(() => server.stop());

  const urlAt = (port: number) => server.url.replace(`:${server.port}`, `:${port}`);

  /** Returns the service's connections, as the server sees them. */
  async function backends(applicationName: string) {
    const sql = `SELECT pid, state FROM pg_stat_activity WHERE application_name = '${applicationName}'`;
    return await server.run(sql);
  }

  /** Waits until the server executes a statement of the service's only connection. */
  async function executing(applicationName: string): Promise<void> {
    await expect.poll(() => backends(applicationName)).toMatchObject([{ state: 'active' }]);
  }

  /** Returns those of the connections that are still open. The server closes them a moment after the service. */
  async function remaining(before: readonly Record<string, unknown>[], applicationName: string) {
    return (await backends(applicationName)).filter(({ pid }) => before.some((each) => each.pid === pid));
  }

  test('is reached over TCP and over a Unix socket', async () => {
    for (const url of [server.url, server.socketUrl]) {
      const { run, postgres } = open({ url });
      expect(await run('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await postgres.ping();
    }
  });

  test('has a limited number of connections; the others wait, at most until their time limit', async () => {
    const { run, metric, log } = open({
      url: server.url,
      maxConnections: 2,
      connectTimeoutMs: 1_000,
      statementTimeoutMs: 10_000,
    });
    const slow = [run('SELECT pg_sleep(3)'), run('SELECT pg_sleep(3)')];
    await expect.poll(() => metric('db_client_connection_count{state="used"}')).toBe(2);
    const waiting = run('SELECT 1');
    await expect.poll(() => metric('db_client_connection_pending_requests')).toBe(1);
    await expect(waiting).rejects.toMatchObject({ code: 'POSTGRES_POOL_TIMEOUT' });
    await Promise.all(slow);
    expect(await metric('db_client_connection_timeouts_total')).toBe(1);
    expect(await metric('db_client_connection_max')).toBe(2);
    expect(await run('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(log().at(-1)).toBe('info PostgreSQL is available again');
  });

  test('a busy pool is no outage while the server responds, also for ping', async () => {
    const { run, postgres, metric, log } = open({
      url: server.url,
      maxConnections: 1,
      connectTimeoutMs: 2_700,
      statementTimeoutMs: 10_000,
    });
    await run('SELECT 1');
    // The second one starts after 1.5 s; the third one would after 3 s.
    const busy = [0, 1, 2, 3].map(() => run('SELECT pg_sleep(1.5)'));
    const results = await Promise.allSettled(busy);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await postgres.ping();
    expect(await metric('postgres_available')).toBe(1);
    expect(log()).toEqual(['warn all database connections are in use']);
  });

  test('the server ends a statement at the time limit, and the connection stays in use', async () => {
    const { run } = open({ url: server.url, maxConnections: 1, statementTimeoutMs: 200, applicationName: 'limit' });
    await run('SELECT 1');
    const [before] = await backends('limit');
    await expect(run('SELECT pg_sleep(9)')).rejects.toMatchObject({ code: 'POSTGRES_TIMEOUT', sqlState: '57014' });
    await run('SELECT 1');
    expect(await backends('limit')).toMatchObject([{ pid: before?.pid }]);
  });

  test('a server that no longer responds is noticed shortly after the time limit', async () => {
    const { run, log } = open({ url: server.url, maxConnections: 3, statementTimeoutMs: 200 });
    await Promise.all([run('SELECT 1'), run('SELECT 2'), run('SELECT 3')]);
    server.pause();
    const hung = elapsedMs(() => expect(run('SELECT 4')).rejects.toMatchObject({ code: 'POSTGRES_TIMEOUT' }));
    try {
      expect(await hung).toBeLessThan(10_000);
    } finally {
      server.resume();
    }
    expect(await run('SELECT 5 AS five')).toEqual([{ five: 5 }]);
    expect(log()).toEqual(['warn PostgreSQL is unavailable', 'info PostgreSQL is available again']);
  });

  test('a result that arrived while the event loop was blocked beyond the time limit is not lost', async () => {
    const { run } = open({ url: server.url, statementTimeoutMs: 50 });
    await run('SELECT 1');
    const result = run('SELECT 1 AS one');
    // The statement is sent in the meantime.
    await delay(1);
    const end = performance.now() + 700;
    while (performance.now() < end);
    expect(await result).toEqual([{ one: 1 }]);
  });

  test('after a network cut, only one statement waits for its time limit: all connections are replaced', async () => {
    const proxy = await startTcpProxy(server.port);
    onTestFinished(proxy.stop);
    const url = urlAt(proxy.port);
    const { run, log } = open({ url, maxConnections: 3, statementTimeoutMs: 200, applicationName: 'cut' });
    await Promise.all([run('SELECT 1'), run('SELECT 2'), run('SELECT 3')]);
    proxy.silence();
    await expect(run('SELECT 4')).rejects.toMatchObject({ code: 'POSTGRES_TIMEOUT' });
    proxy.restore();
    for (let attempt = 0; attempt < 3; attempt += 1) await run('SELECT 5');
    await expect.poll(() => backends('cut')).toHaveLength(1);
    expect(log()).toEqual(['warn PostgreSQL is unavailable', 'info PostgreSQL is available again']);
  });

  test('a proxy that rejects the time limit as a startup parameter needs no setting', async () => {
    const port = await startRejectingProxy(server.port);
    const url = urlAt(port);
    const { run } = open({ url, statementTimeoutMs: 300, applicationName: 'bouncer' });
    expect(await run('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const limited = expect(run('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: 'POSTGRES_TIMEOUT' });
    expect(await elapsedMs(() => limited)).toBeLessThan(30_000);
    // The server was asked to cancel the statement.
    await expect.poll(() => backends('bouncer')).toEqual([]);
  });

  test('an aborted statement is cancelled on the server, and its connection can be used again', async () => {
    const { run, metric } = open({
      url: server.url,
      maxConnections: 1,
      statementTimeoutMs: 60_000,
      applicationName: 'aborted',
    });
    const controller = new AbortController();
    const aborted = expect(run('SELECT pg_sleep(60)', controller.signal)).rejects.toThrow('the request was closed');
    await executing('aborted');
    controller.abort(new Error('the request was closed'));
    await aborted;
    expect(await run('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(
      await metric('db_client_operation_duration_seconds_count{operation="SELECT",collection="none",code="57014"}'),
    ).toBe(1);
  });

  test('a statement aborted while it waits for a connection leaves none behind', async () => {
    const { run, metric } = open({ url: server.url, maxConnections: 1 });
    const slow = run('SELECT pg_sleep(0.3)');
    await expect(run('SELECT 1', AbortSignal.timeout(50))).rejects.toThrow('timeout');
    await slow;
    await run('SELECT 1');
    await expect.poll(() => metric('db_client_connection_count{state="idle"}')).toBe(1);
    expect(await metric('db_client_connection_count{state="used"}')).toBe(0);
  });

  test('the log of a connection that breaks, idle or in use, has neither the password nor the client', async () => {
    const { run, metric, lines } = open({ url: server.url, statementTimeoutMs: 60_000, applicationName: 'broken' });
    const terminate = () =>
      server.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'broken'`);
    await run('SELECT 1');
    await terminate();
    await expect.poll(() => metric('db_client_connection_count{state="idle"}')).toBe(0);
    await run('SELECT 2');
    const failure: Promise<unknown> = run(`SELECT 'hush', pg_sleep(60)`).catch((reason) => reason);
    await executing('broken');
    await terminate();
    const error = await failure;
    expect(error).toMatchObject({ code: 'POSTGRES_UNAVAILABLE', sqlState: '57P01' });
    await run('SELECT 3');
    for (const each of [error, errorFields(error), lines]) {
      expect(inspect(each, { depth: 12, showHidden: true, getters: true })).not.toMatch(/hush|secretKey|postgres:\/\//);
    }
    expect(JSON.stringify(lines)).not.toContain('client');
  });

  test('a transaction is rolled back if it throws, if its connection breaks, and if a failed statement was ignored', async () => {
    const { database, run } = open({ url: server.url, maxConnections: 1, applicationName: 'transaction' });
    const insert = (id: number) => `INSERT INTO items VALUES (${id})`;
    const { sql } = open({ url: server.url }).postgres;
    await expect(
      database.transaction().execute(async (transaction) => {
        await sql.raw(insert(1)).execute(transaction);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await expect(
      database.transaction().execute(async (transaction) => {
        await sql.raw(insert(2)).execute(transaction);
        await server.run(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'transaction'`,
        );
        await sql.raw(insert(3)).execute(transaction);
      }),
    ).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    await expect(
      database.transaction().execute(async (transaction) => {
        await sql.raw(insert(4)).execute(transaction);
        await sql
          .raw(insert(4))
          .execute(transaction)
          .catch(() => {});
      }),
    ).rejects.toThrow('rolled back');
    await database
      .transaction()
      .setIsolationLevel('serializable')
      .execute((transaction) => sql.raw(insert(5)).execute(transaction));
    expect(await run('SELECT id FROM items')).toEqual([{ id: 5 }]);
  });

  test('a violated constraint is reported by its name, without the value', async () => {
    const { run, log } = open({ url: server.url });
    await run('CREATE TABLE unique_items (name text CONSTRAINT one_name UNIQUE)');
    await run(`INSERT INTO unique_items VALUES ('hush')`);
    const error: unknown = await run(`INSERT INTO unique_items VALUES ('hush')`).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'POSTGRES_REJECTED', sqlState: '23505', constraint: 'one_name' });
    expect(inspect(error, { depth: 12 })).not.toContain('hush');
    expect(log()).toEqual([]);
  });

  test('slow statements are logged without their values, at most once a second for each kind', async () => {
    const { run, lines } = open({ url: server.url, slowQueryMs: 500 });
    await Promise.all([run('SELECT 1'), run('SELECT 1'), run('SELECT 1')]);
    await Promise.all(Array.from({ length: 3 }, () => run(`SELECT 'hush', pg_sleep(0.6) -- hush`)));
    expect(lines).toEqual([
      {
        line: 'info slow query',
        fields: { summary: 'SELECT', query: 'SELECT ?, pg_sleep(?)', duration_ms: expect.any(Number), code: 'ok' },
      },
    ]);
  });

  test('a new password is used for new connections, and the old ones are closed', async () => {
    await server.run(`CREATE ROLE rotated LOGIN PASSWORD 'first'`);
    const urlWith = (password: string) => server.url.replace(/\/\/.*@/, `//rotated:${password}@`);
    let url = urlWith('first');
    const { run, log } = open({ url: () => url, maxConnections: 2, applicationName: 'rotated' });
    await Promise.all([run('SELECT 1'), run('SELECT 1')]);
    const before = await backends('rotated');
    await server.run(`ALTER ROLE rotated PASSWORD 'second'`);
    url = urlWith('second');
    await Promise.all([run('SELECT 2'), run('SELECT 2')]);
    await expect.poll(() => remaining(before, 'rotated')).toEqual([]);
    url = urlWith('wrong');
    await expect(run('SELECT 3')).rejects.toMatchObject({ code: 'POSTGRES_DENIED', sqlState: '28P01' });
    expect(log()).toEqual(['error PostgreSQL is unavailable']);
  });

  test('connections to a server that has become read-only are replaced', async () => {
    const { run, log } = open({ url: server.url, applicationName: 'demoted', maxConnections: 2 });
    await Promise.all([run('SELECT 1'), run('SELECT 1')]);
    const before = await backends('demoted');
    await server.run(`ALTER DATABASE service SET default_transaction_read_only = on`);
    await run('SET default_transaction_read_only = on');
    await expect(run('INSERT INTO items VALUES (10)')).rejects.toMatchObject({ code: 'POSTGRES_READ_ONLY' });
    await server.run(`ALTER DATABASE service RESET default_transaction_read_only`);
    await run('INSERT INTO items VALUES (11)');
    await run('DELETE FROM items WHERE id = 11');
    await expect.poll(() => remaining(before, 'demoted')).toEqual([]);
    await expect
      .poll(() => run('DELETE FROM items WHERE id = 11').then(log))
      .toEqual(['warn PostgreSQL is read-only', 'info PostgreSQL accepts writes again']);
  });

  test('each statement gets a client span without values', async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(receiver.close);
    const tracing = await startTracing(
      { endpoint: receiver.endpoint, protocol: 'http/protobuf', sampleRatio: 1 },
      {
        service: { name: 'test', version: '1', environment: 'test' },
        env: {},
        instrumentations: [],
        onExported() {},
        onDropped() {},
      },
    );
    const { run, database } = open({ url: server.url });
    const outer = tracing.tracer.startSpan('outer');
    await context.with(trace.setSpan(context.active(), outer), async () => {
      await database.selectFrom('items').select('id').where('id', '=', 4711).execute();
      await run(`SELECT 'hush' FROM missing`).catch(() => {});
    });
    outer.end();
    await tracing.shutdown(AbortSignal.timeout(5_000));
    const { traceId, spanId } = outer.spanContext();
    const common = {
      'db.system.name': 'postgresql',
      'db.namespace': 'service',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    };
    expect(receiver.spans.filter(({ name }) => name !== 'outer')).toMatchObject([
      {
        ...{ traceId, parentSpanId: spanId, name: 'SELECT items', kind: 3 },
        attributes: {
          ...common,
          'db.operation.name': 'SELECT',
          'db.collection.name': 'items',
          'db.query.summary': 'SELECT items',
          'db.query.text': 'select "id" from "items" where "id" = $1',
        },
      },
      {
        ...{ name: 'SELECT missing', statusCode: 2 },
        attributes: {
          ...common,
          'error.type': '42P01',
          'db.response.status_code': '42P01',
          'db.query.text': 'SELECT ? FROM missing',
        },
      },
    ]);
    expect(JSON.stringify(receiver.spans)).not.toMatch(/hush|4711/);
  });

  test('a restart of the server is survived, with one line when it ends and one when it is back', async () => {
    const { run, postgres, log, metric } = open({ url: server.url });
    await Promise.all([run('SELECT 1'), run('SELECT 2')]);
    await server.kill();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(run('SELECT 3')).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    }
    const ping = () => postgres.ping().catch(({ code }) => code);
    await expect.poll(ping).toBe('POSTGRES_UNAVAILABLE');
    expect(await metric('postgres_available')).toBe(0);
    await server.restart();
    expect(await run('SELECT 4 AS four')).toEqual([{ four: 4 }]);
    expect(await metric('postgres_available')).toBe(1);
    expect(log()).toEqual(['warn PostgreSQL is unavailable', 'info PostgreSQL is available again']);
  });

  test('closing waits for statements in progress, at most until the signal aborts', async () => {
    const first = open({ url: server.url, statementTimeoutMs: 10_000, applicationName: 'closing' });
    const done = first.run('SELECT pg_sleep(2)');
    await executing('closing');
    await first.postgres.close();
    await done;
    await expect(first.run('SELECT 1')).rejects.toThrow();

    const second = open({ url: server.url, statementTimeoutMs: 60_000, applicationName: 'cut off' });
    const cut = expect(second.run('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    await executing('cut off');
    expect(await elapsedMs(() => second.postgres.close(AbortSignal.timeout(100)))).toBeLessThan(30_000);
    await cut;
  });
});
