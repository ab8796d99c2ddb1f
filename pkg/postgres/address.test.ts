import { expect, test } from 'vitest';
import { isLocalAddress, PostgresUrlError, parsePostgresUrl } from './address.ts';

test('a URL is split into its parts, which are percent-decoded', () => {
  expect(parsePostgresUrl('postgres://app%40eu:p%2Fw%3A%23@db.example.com:6432/my%20app?sslmode=verify-full')).toEqual({
    host: 'db.example.com',
    port: 6432,
    user: 'app@eu',
    password: 'p/w:#',
    database: 'my app',
    tls: true,
  });
});

test('the port is 5432, the database is named after the user, and TLS is off by default', () => {
  expect(parsePostgresUrl('postgresql://app@[::1]')).toEqual({
    host: '::1',
    port: 5432,
    user: 'app',
    password: '',
    database: 'app',
    tls: false,
  });
});

test.each([
  ['require', true],
  ['verify-ca', true],
  ['verify-full', true],
  ['disable', false],
])('sslmode=%s: TLS %s', (sslmode, tls) => {
  expect(parsePostgresUrl(`postgres://app@db/name?sslmode=${sslmode}`).tls).toBe(tls);
});

test('the parameter host can name the folder of a Unix socket, which has no TLS', () => {
  const url = 'postgres://app:x@localhost:5433/name?host=%2Frun%2Fpostgresql&sslmode=verify-full';
  expect(parsePostgresUrl(url)).toMatchObject({ host: '/run/postgresql', port: 5433, tls: false });
});

test.each([
  'db',
  'http://app:hush@db/name',
  'postgres://app:hu#sh@db/name',
  'postgres://:hush@db/name',
  'postgres:///name',
  'postgres://app:hush%zz@db/name',
  'postgres://app:hush@db/name?sslmode=prefer',
  'postgres://app:hush@db/name?sslmode=no-verify',
  'postgres://app:hush@db/name?sslrootcert=hush',
])('%j is rejected without showing the password', (url) => {
  expect(() => parsePostgresUrl(url)).toThrow(PostgresUrlError);
  expect(() => parsePostgresUrl(url)).toThrow(/^(?!.*hu).*$/);
});

test('addresses of this machine are recognized', () => {
  const hosts = [
    'localhost',
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '/run/postgresql',
    'db',
    '10.0.0.1',
    'localhost.example',
  ];
  expect(hosts.filter((host) => isLocalAddress({ host }))).toEqual(hosts.slice(0, 5));
});
