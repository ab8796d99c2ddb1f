import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import { type Files, load, type Options, print, problems } from '../../test/support/load-files.ts';
import { type Config, loadConfig } from './config.ts';

function origins(files: Files, options: Options, key: string) {
  const { value, origin } =
    load(files, options)
      .describe()
      .find((setting) => setting.key === key) ?? {};
  return [value, origin];
}

test('the types are derived from the schema', () => {
  expectTypeOf<Config['http']['port']>().toEqualTypeOf<number>();
  expectTypeOf<Config['http']['trustProxy']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Config['lifecycle']['drainDelayMs']>().toEqualTypeOf<number>();
  expectTypeOf<Config['environment']>().toEqualTypeOf<'development' | 'staging' | 'production' | 'test'>();
  expectTypeOf<Config['log']['format']>().toEqualTypeOf<'json' | 'pretty'>();
  expectTypeOf<Config['service']['name']>().toEqualTypeOf<string>();
});

test('with nothing set, the defaults apply and satisfy the rules', () => {
  const { config } = load();
  expect(config).toMatchObject({
    environment: 'development',
    service: { revision: 'unknown' },
    http: { host: '::', port: 8080, keepAliveTimeoutMs: 65_000, headersTimeoutMs: 70_000, bodyLimit: 1_048_576 },
    admin: { host: '::', port: 9091 },
    log: { level: 'info', format: 'json' },
    lifecycle: { drainDelayMs: 0, shutdownTimeoutMs: 5000, flushTimeoutMs: 1000 },
  });
  expect(Object.isFrozen(config) && Object.isFrozen(config.http) && Object.isFrozen(config.http.trustProxy)).toBe(true);
});

test('each layer overrides the one before it, and is reported as the origin', () => {
  const key = 'http.port';
  const files: Record<string, string> = {};
  const options = { env: {} as Record<string, string>, set: [] as string[] };
  const expectOrigin = (value: number, origin: string) => expect(origins(files, options, key)).toEqual([value, origin]);

  expectOrigin(8080, 'default');
  files['config/default.yaml'] = '# one\nhttp:\n  port: 1\n';
  expectOrigin(1, 'config/default.yaml:3');
  files['config/staging.yaml'] = 'http: { port: 2 }\n';
  options.env.SKIFF_ENVIRONMENT = 'staging';
  expectOrigin(2, 'config/staging.yaml:1');
  files['mounted.yaml'] = '\nhttp: { port: 3 }\n';
  options.env.SKIFF_CONFIG_FILE = 'mounted.yaml';
  expectOrigin(3, 'mounted.yaml:2');
  options.env.SKIFF_HTTP_PORT = '4';
  expectOrigin(4, 'env SKIFF_HTTP_PORT');
  options.set.push('http.port=5', 'http.port=6');
  expectOrigin(6, '--set http.port');
});

test('the environment comes from --set, its variable, a mounted file, NODE_ENV or the default, in that order', () => {
  const files = { 'mounted.yaml': 'environment: staging\n' };
  const of = (env: NodeJS.ProcessEnv, set: string[] = []) =>
    origins(files, { env: { SKIFF_AUTH_ENABLED: 'false', ...env }, set }, 'environment');
  expect(of({})).toEqual(['development', 'default']);
  expect(of({ NODE_ENV: 'test' })).toEqual(['development', 'default']);
  expect(of({ NODE_ENV: 'production' })).toEqual(['production', 'env NODE_ENV']);
  expect(of({ NODE_ENV: 'production', SKIFF_CONFIG_FILE: 'mounted.yaml' })).toEqual(['staging', 'mounted.yaml:1']);
  const both = { NODE_ENV: 'production', SKIFF_CONFIG_FILE: 'mounted.yaml', SKIFF_ENVIRONMENT: 'test' };
  expect(of(both)).toEqual(['test', 'env SKIFF_ENVIRONMENT']);
  expect(of(both, ['environment=development'])).toEqual(['development', '--set environment']);
});

test('the environment selects its file, wherever it was set', () => {
  const files = { 'config/staging.yaml': 'log: { level: debug }\n', 'mounted.yaml': 'environment: staging\n' };
  expect(load(files).config.log.level).toBe('info');
  expect(load(files, { set: ['environment=staging'] }).config.log.level).toBe('debug');
  expect(load(files, { env: { SKIFF_CONFIG_FILE: 'mounted.yaml' } }).config.log.level).toBe('debug');
});

test('an unknown environment is an error, and selects no file', () => {
  for (const value of ['prod', '', '../etc/passwd', 'Production']) {
    expect(problems({}, { env: { SKIFF_ENVIRONMENT: value } }), value).toMatchObject([
      { key: 'environment', origin: 'env SKIFF_ENVIRONMENT' },
    ]);
  }
  const files = { 'config/development.yaml': 'nonsense: 1\n' };
  expect(problems(files, { env: { SKIFF_ENVIRONMENT: 'prod' } })).toHaveLength(1);
});

test("the repository's own files cannot set the environment", () => {
  expect(problems({ 'config/default.yaml': 'environment: production\n' })).toMatchObject([
    { key: 'environment', origin: 'config/default.yaml:1' },
  ]);
});

test('the configuration directory comes from --config-dir, the variable or the default, in that order', () => {
  const files = { 'a/default.yaml': 'http: { port: 1 }\n', 'b/default.yaml': 'http: { port: 2 }\n' };
  expect(load(files).config.http.port).toBe(8080);
  expect(load(files, { env: { SKIFF_CONFIG_DIR: 'a' } }).config.http.port).toBe(1);
  expect(load(files, { env: { SKIFF_CONFIG_DIR: 'a' }, configDir: 'b' }).config.http.port).toBe(2);
});

test('a directory without default.yaml is an error that names it; the file of the environment is optional', () => {
  expect(problems({}, { configDir: '/no/such' })).toEqual([
    {
      origin: '/no/such/default.yaml',
      expected:
        'a readable file (ENOENT: no such file or directory); ' +
        'is /no/such the configuration directory (--config-dir, SKIFF_CONFIG_DIR)?',
    },
  ]);
  expect(load({}, { env: { SKIFF_ENVIRONMENT: 'staging' } }).config.environment).toBe('staging');
});

test('a missing mounted file and an empty locator variable are errors', () => {
  expect(problems({}, { env: { SKIFF_CONFIG_FILE: '/no/such.yaml' } })).toMatchObject([{ origin: '/no/such.yaml' }]);
  expect(problems({}, { env: { SKIFF_CONFIG_FILE: '', SKIFF_CONFIG_DIR: '' } })).toMatchObject([
    { origin: 'env SKIFF_CONFIG_DIR', expected: 'a path; it is set but empty' },
    { origin: 'env SKIFF_CONFIG_FILE', expected: 'a path; it is set but empty' },
  ]);
});

test('problems in all layers are reported together', () => {
  const files = {
    'config/default.yaml': 'http:\n  prot: 1\n',
    'config/production.yaml': 'admin:\n  port: "9091"\n',
    'mounted.yaml': 'log: [1\n',
  };
  const env = {
    NODE_ENV: 'production',
    SKIFF_CONFIG_FILE: 'mounted.yaml',
    SKIFF_HTTP_PORT: '65536',
    SKIFF_LOG_LEVEL: '',
  };
  expect(problems(files, { env, set: ['lifecycle.drainDelay=10'] }).map(({ origin, key }) => [origin, key])).toEqual([
    ['config/default.yaml:2', 'http.prot'],
    ['config/production.yaml:2', 'admin.port'],
    ['mounted.yaml:2', undefined],
    ['env SKIFF_HTTP_PORT', 'http.port'],
    ['env SKIFF_LOG_LEVEL', 'log.level'],
    ['--set lifecycle.drainDelay', 'lifecycle.drainDelay'],
  ]);
});

test('trusted proxies are addresses and ranges', () => {
  const set = (value: string) => ({ set: [`http.trustProxy=${value}`] });
  expect(load({}, set('10.0.0.0/8,::1')).config.http.trustProxy).toEqual(['10.0.0.0/8', '::1']);
  for (const value of ['loopback', '10.0.0.0/33', '0.0.0.0/0', 'true', '1']) {
    expect(problems({}, set(value)), value).toHaveLength(1);
  }
});

test('time limits that contradict each other are errors', () => {
  expect(problems({}, { set: ['http.keepAliveTimeout=70s'] })).toMatchObject([{ key: 'http.headersTimeout' }]);
  expect(problems({}, { set: ['http.requestTimeout=69s'] })).toMatchObject([{ key: 'http.requestTimeout' }]);
  expect(load({}, { set: ['http.requestTimeout=70s'] }).config.http.requestTimeoutMs).toBe(70_000);
});

test('two listeners on the same port are an error, unless it is 0 or their hosts do not overlap', () => {
  const same = ['http.port=8080', 'admin.port=8080'];
  expect(problems({}, { set: same })).toMatchObject([{ key: 'admin.port', origin: '--set admin.port' }]);
  expect(problems({}, { set: [...same, 'admin.host=127.0.0.1'] })).toHaveLength(1);
  expect(problems({}, { set: [...same, 'admin.host=127.0.0.1', 'http.host=127.0.0.2'] })).toEqual([]);
  expect(problems({}, { set: ['http.port=0', 'admin.port=0'] })).toEqual([]);
});

test("the repository's own files are valid in every environment", () => {
  const defaultConfigDir = join(import.meta.dirname, '../../config');
  const auth = { SKIFF_AUTH_ISSUER: 'https://id', SKIFF_AUTH_AUDIENCE: 'api', SKIFF_AUTH_JWKS_FILE: 'keys.json' };
  for (const environment of ['development', 'staging', 'production', 'test']) {
    const { config } = loadConfig({ env: { SKIFF_ENVIRONMENT: environment, ...auth }, set: [], defaultConfigDir });
    expect(config.environment).toBe(environment);
    expect(config.auth.enabled).toBe(['staging', 'production'].includes(environment));
  }
});

test('the output of --print-config, used as a mounted file, gives the same configuration', () => {
  const options = {
    env: { NODE_ENV: 'production', SKIFF_AUTH_ENABLED: 'false' },
    set: ['http.trustProxy=10.0.0.0/8', 'http.handlerTimeout=90s'],
  };
  const { text, error } = print({}, options);
  expect(error).toBeUndefined();
  const again = load({ 'mounted.yaml': text }, { env: { SKIFF_CONFIG_FILE: 'mounted.yaml' } });
  expect(again.config).toEqual(load({}, options).config);
});

test('an invalid configuration is printed as far as it could be read, with the rejected values marked', () => {
  const { text, error } = print(
    { 'config/default.yaml': 'log:\n  level: warn\n' },
    {
      env: { SKIFF_HTTP_PORT: 'many', SKIFF_ADMIN_PORT: '9000' },
      set: ['log.level=loud', 'nonsense=1'],
    },
  );
  expect(text).toMatch(/ {2}port: 8080 +# default; rejected: env SKIFF_HTTP_PORT\n/);
  expect(text).toMatch(/ {2}level: warn +# config\/default.yaml:2; rejected: --set log.level\n/);
  expect(text).toMatch(/ {2}port: 9000 +# env SKIFF_ADMIN_PORT\n/);
  expect(error?.problems).toHaveLength(3);
});

const ENABLED = { SKIFF_AUTH_ENABLED: 'true', SKIFF_AUTH_ISSUER: 'https://id', SKIFF_AUTH_AUDIENCE: 'api' };

test("in production the repository's files cannot turn authentication off, but higher layers can", () => {
  const production = { SKIFF_ENVIRONMENT: 'production' };
  const off = 'auth: { enabled: false }\n';
  for (const files of [{}, { 'config/production.yaml': off }, { 'config/default.yaml': off }]) {
    expect(problems(files, { env: production })).toMatchObject([{ key: 'auth.enabled' }]);
  }
  const mounted = { env: { ...production, SKIFF_CONFIG_FILE: 'mounted.yaml' } };
  expect(problems({ 'mounted.yaml': off }, mounted)).toEqual([]);
  expect(problems({}, { env: { ...production, SKIFF_AUTH_ENABLED: 'false' } })).toEqual([]);
  expect(problems({}, { env: production, set: ['auth.enabled=false'] })).toEqual([]);
});

test('authentication requires an issuer, an audience and exactly one source of keys', () => {
  const keysOf = (env: NodeJS.ProcessEnv) => problems({}, { env }).map(({ key }) => key);
  expect(keysOf({ SKIFF_AUTH_ENABLED: 'true' })).toEqual(['auth.issuer', 'auth.audience', 'auth.jwksUrl']);
  expect(keysOf({ ...ENABLED, SKIFF_AUTH_JWKS_FILE: 'k', SKIFF_AUTH_JWKS_URL: 'https://id/k' })).toEqual([
    'auth.jwksUrl',
  ]);
  expect(keysOf({ ...ENABLED, SKIFF_AUTH_JWKS_FILE: 'k' })).toEqual([]);
});

test('the issuer of npm run token needs no source of keys, and only development and test accept it', () => {
  const issuer = 'https://development.invalid';
  const problemsIn = (environment: string, env: NodeJS.ProcessEnv = {}) =>
    problems({}, { env: { ...ENABLED, SKIFF_AUTH_ISSUER: issuer, SKIFF_ENVIRONMENT: environment, ...env } });
  for (const environment of ['development', 'test']) {
    expect(problemsIn(environment)).toEqual([]);
    expect(problemsIn(environment, { SKIFF_AUTH_JWKS_FILE: 'k' })).toMatchObject([{ key: 'auth.issuer' }]);
  }
  for (const environment of ['staging', 'production']) {
    expect(problemsIn(environment)).toMatchObject([{ key: 'auth.issuer', value: `"${issuer}"` }]);
    expect(problemsIn(environment, { SKIFF_AUTH_ENABLED: 'false' })).toMatchObject([{ key: 'auth.issuer' }]);
  }
});

test('in production, keys are fetched without TLS only from a loopback address', () => {
  const problemsOf = (url: string) =>
    problems({}, { env: { ...ENABLED, SKIFF_ENVIRONMENT: 'production', SKIFF_AUTH_JWKS_URL: url } });
  expect(problemsOf('http://id.example/keys')).toMatchObject([{ key: 'auth.jwksUrl' }]);
  expect(problemsOf('http://127.0.0.1.example/keys')).toHaveLength(1);
  expect(problemsOf('http://127.0.0.1:8081/keys')).toEqual([]);
  expect(problemsOf('https://id.example/keys')).toEqual([]);
});

test.each(['none', 'HS256', 'RS256,HS256', 'rs256', ''])('the signature algorithms %j are rejected', (algorithms) => {
  const env = { ...ENABLED, SKIFF_AUTH_JWKS_FILE: 'k', SKIFF_AUTH_ALGORITHMS: algorithms };
  expect(problems({}, { env })).toMatchObject([{ key: 'auth.algorithms' }]);
});

test('the debug endpoints cannot be enabled in production, from any layer', () => {
  const env = { SKIFF_ENVIRONMENT: 'production', SKIFF_AUTH_ENABLED: 'false', SKIFF_DEBUG_ENABLED: 'true' };
  expect(problems({}, { env })).toMatchObject([{ key: 'debug.enabled', origin: 'env SKIFF_DEBUG_ENABLED' }]);
  expect(problems({}, { env: { SKIFF_DEBUG_ENABLED: 'true' } })).toEqual([]);
});
