import { expect, test } from 'vitest';
import { load, print, problems } from '../../test/support/load-files.ts';

const set = ['postgres.enabled=true'];

/** Returns the keys and the displayed values of the problems that this URL causes. */
function problemsOf(url: string, environment = 'development') {
  const env = { SKIFF_POSTGRES_URL: url, SKIFF_ENVIRONMENT: environment, SKIFF_AUTH_ENABLED: 'false' };
  return problems({}, { env, set }).map(({ key, value }) => [key, value]);
}

test('PostgreSQL requires a URL if it is enabled', () => {
  expect(problems({}, { set })).toMatchObject([{ key: 'postgres.url' }]);
  expect(problems()).toEqual([]);
  expect(problemsOf('postgres://app:hush@db/name')).toEqual([]);
});

test('an invalid URL is rejected without showing it', () => {
  const found = problemsOf('postgres://app:hu#sh@db/name');
  expect(found).toMatchObject([['postgres.url', expect.anything()]]);
  expect(JSON.stringify(found)).not.toContain('hu#');
});

test.each([
  'postgres://app:hush@db/name?sslmode=verify-full',
  'postgres://app:hush@localhost/name',
  'postgres://app:hush@127.0.0.1/name',
  'postgres://app:hush@localhost/name?host=/run/postgresql',
])('in production, %s is accepted', (url) => {
  expect(problemsOf(url, 'production')).toEqual([]);
});

test('in production, a connection over the network must be encrypted', () => {
  expect(problemsOf('postgres://app:hush@db/name', 'production')).toMatchObject([['postgres.url', expect.anything()]]);
});

test('the file of the URL is available, and the URL itself is never printed', () => {
  const files = { url: 'postgres://app:hush@db/name\n' };
  const env = { SKIFF_POSTGRES_URL_FILE: 'url' };
  const loaded = load(files, { env, set });
  expect(loaded.secretFile('postgres.url')).toMatch(/\/url$/);
  expect(JSON.stringify(loaded.describe())).not.toMatch(/hush|app/);
  expect(print(files, { env, set }).text).not.toMatch(/hush|app:/);
});

test('the URL is rejected from sources that others can read', () => {
  expect(problems({}, { set: ['postgres.url=postgres://app:hush@db/name'] })).toMatchObject([{ key: 'postgres.url' }]);
});
