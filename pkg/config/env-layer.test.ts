import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { readEnvLayer, readLocator } from './env-layer.ts';
import { port, string } from './formats.ts';
import type { Schema } from './schema.ts';

const schema = {
  http: { port: { doc: '', format: port(), default: 1 } },
  admin: { port: { doc: '', format: port(), default: 2 } },
  db: { token: { doc: '', format: string(), secret: true } },
} as const satisfies Schema;

const read = (env: NodeJS.ProcessEnv, cwd = '/') => readEnvLayer(schema, { env, prefix: 'APP', cwd });

test('variables with the prefix become entries; the rest of the environment is ignored', () => {
  expect(read({ APP_HTTP_PORT: '80', PATH: '/bin', APPLE: 'x', APP_CONFIG_DIR: '/c', APP_CONFIG_FILE: '/f' })).toEqual({
    source: 'env',
    entries: [{ key: 'http.port', origin: 'env APP_HTTP_PORT', raw: { text: '80' } }],
    problems: [],
  });
});

test('an unknown variable is a problem that suggests the closest known name and never shows the value', () => {
  const { problems } = read({ APP_HTTP_PROT: '80', APP_DB_TOKN: 's3cret', APP_WHATEVER: 'x' });
  expect(problems).toEqual([
    { key: 'APP_HTTP_PROT', origin: 'env APP_HTTP_PROT', expected: 'a known variable; did you mean APP_HTTP_PORT?' },
    { key: 'APP_DB_TOKN', origin: 'env APP_DB_TOKN', expected: 'a known variable; did you mean APP_DB_TOKEN?' },
    { key: 'APP_WHATEVER', origin: 'env APP_WHATEVER', expected: 'a known variable' },
  ]);
});

test('Kubernetes service links are not unknown variables, but they cannot set a value either', () => {
  const link = 'tcp://10.96.0.7:80';
  expect(read({ APP_PORT: link, APP_SERVICE_HOST: '10.96.0.7', APP_PORT_80_TCP_ADDR: '10.96.0.7' }).problems).toEqual(
    [],
  );
  const { entries, problems } = read({ APP_ADMIN_PORT: link });
  expect(entries).toEqual([]);
  expect(problems).toMatchObject([
    { key: 'admin.port', origin: 'env APP_ADMIN_PORT', expected: expect.stringContaining('enableServiceLinks') },
  ]);
});

test('a secret is read from its file, without one trailing newline', () => {
  const folder = temporaryFiles({ one: 's3cret\n', two: 's3cret\n\n', dos: 's3cret\r\n', none: 's3cret' });
  const secret = (file: string) => read({ APP_DB_TOKEN_FILE: file }, folder).entries;
  expect(secret('one')).toEqual([
    {
      key: 'db.token',
      origin: 'file one (env APP_DB_TOKEN_FILE)',
      raw: { text: 's3cret' },
      file: join(folder, 'one'),
    },
  ]);
  expect(secret(join(folder, 'none'))).toMatchObject([{ raw: { text: 's3cret' } }]);
  expect(secret('dos')).toMatchObject([{ raw: { text: 's3cret' } }]);
  expect(secret('two')).toMatchObject([{ raw: { text: 's3cret\n' } }]);
});

test('an unreadable secret file is a problem that names the file', () => {
  const folder = temporaryFiles({ 'binary/secret': new Uint8Array([0xff, 0xfe, 0xfd]) });
  expect(read({ APP_DB_TOKEN_FILE: '/no/such' }).problems).toEqual([
    {
      key: 'db.token',
      origin: 'file /no/such (env APP_DB_TOKEN_FILE)',
      expected: 'a readable file (ENOENT: no such file or directory)',
    },
  ]);
  expect(read({ APP_DB_TOKEN_FILE: folder }).problems).toMatchObject([
    { expected: expect.stringContaining('it is a directory') },
  ]);
  expect(read({ APP_DB_TOKEN_FILE: 'binary/secret' }, folder).problems).toMatchObject([
    { expected: 'a readable file (it is not UTF-8)' },
  ]);
  expect(read({ APP_DB_TOKEN_FILE: '' }).problems).toMatchObject([{ expected: 'a file path; it is set but empty' }]);
});

test('setting both a secret and its file is a problem, even if one of them is empty', () => {
  for (const token of ['s3cret', '']) {
    const { entries, problems } = read({ APP_DB_TOKEN: token, APP_DB_TOKEN_FILE: '/f' });
    expect(entries).toEqual([]);
    expect(problems).toEqual([
      { key: 'db.token', origin: 'env APP_DB_TOKEN', expected: 'either APP_DB_TOKEN or APP_DB_TOKEN_FILE, not both' },
    ]);
  }
});

test('a _FILE variable is rejected for a setting that is not a secret', () => {
  expect(read({ APP_HTTP_PORT_FILE: '/f' }).problems).toMatchObject([
    { expected: 'a known variable; APP_HTTP_PORT is not a secret, so it has no _FILE form' },
  ]);
});

test('a locator is resolved against the working directory; an empty one is a problem', () => {
  const options = { env: { A: 'etc/app', B: '/abs', C: '' }, cwd: '/srv' };
  expect(readLocator('A', options).path).toBe('/srv/etc/app');
  expect(readLocator('B', options).path).toBe('/abs');
  expect(readLocator('C', options)).toEqual({
    problems: [{ origin: 'env C', expected: 'a path; it is set but empty' }],
  });
  expect(readLocator('D', options)).toEqual({ problems: [] });
});
