import { expect, test, vi } from 'vitest';
import { type Check, InvalidCheckError } from './check.ts';
import { createHealth, type HealthOptions, parseProbeQuery } from './health.ts';
import { bareResponse } from './report.ts';

const VERBOSE = { verbose: true, exclude: [] };
const pass: Check = { name: 'store', kind: 'required', check() {} };
const fail: Check = { name: 'broker', kind: 'required', check: () => Promise.reject(new Error('no leader')) };

function startedHealth(checks: Check[], options?: HealthOptions) {
  const health = createHealth(options);
  for (const check of checks) health.add(check);
  health.markStarted();
  return health;
}

function without(...exclude: string[]) {
  return { verbose: true, exclude };
}

test('readiness fails until startup has finished', async () => {
  const health = createHealth();
  expect(await health.ready()).toEqual({
    status: 503,
    body: '[-]startup failed: startup has not finished\n[+]shutdown ok\nreadyz check failed\n',
  });
  health.markStarted();
  expect(await health.ready()).toEqual({ status: 200, body: 'ok' });
});

test('a verbose success lists every check in the order in which they were added', async () => {
  const health = startedHealth([{ ...pass, name: 'zeta' }, pass]);
  expect(await health.ready(VERBOSE)).toEqual({
    status: 200,
    body: '[+]startup ok\n[+]zeta ok\n[+]store ok\n[+]shutdown ok\nreadyz check passed\n',
  });
});

test('a failing required check fails readiness and is listed with its reason even without verbose', async () => {
  const health = startedHealth([pass, fail]);
  expect(await health.ready()).toEqual({
    status: 503,
    body: '[+]startup ok\n[+]store ok\n[-]broker failed: no leader\n[+]shutdown ok\nreadyz check failed\n',
  });
});

test('informational checks are marked in the list and never fail readiness', async () => {
  const health = startedHealth([
    { ...pass, kind: 'informational' },
    { ...fail, kind: 'informational' },
  ]);
  expect(await health.ready()).toEqual({ status: 200, body: 'ok' });
  expect((await health.ready(VERBOSE)).body).toBe(
    '[+]startup ok\n[+]store ok (informational)\n[-]broker failed: no leader (informational, ignored)\n' +
      '[+]shutdown ok\nreadyz check passed\n',
  );
});

test('an excluded check is not run and cannot fail readiness', async () => {
  const check = vi.fn(fail.check);
  const health = startedHealth([{ ...fail, check }]);
  expect(await health.ready(without('broker'))).toEqual({
    status: 200,
    body: '[+]startup ok\n[+]broker excluded: ok\n[+]shutdown ok\nreadyz check passed\n',
  });
  expect(check).not.toHaveBeenCalled();
});

test('excluding an unknown check adds a warning to the list and changes nothing else', async () => {
  const health = startedHealth([pass]);
  expect(await health.ready(without('zookeeper', 'con"sul', 'zookeeper'))).toEqual({
    status: 200,
    body:
      '[+]startup ok\n[+]store ok\n[+]shutdown ok\n' +
      'warn: some health checks cannot be excluded: no matches for "con\\"sul","zookeeper"\nreadyz check passed\n',
  });
  expect(await health.ready({ verbose: false, exclude: ['zookeeper'] })).toEqual({ status: 200, body: 'ok' });
});

test('a check, including an informational one, can be requested by name', async () => {
  const health = startedHealth([pass, { ...fail, kind: 'informational' }]);
  expect(await health.readyCheck('store')).toEqual({ status: 200, body: 'ok' });
  expect(await health.readyCheck('startup')).toEqual({ status: 200, body: 'ok' });
  expect(await health.readyCheck('broker')).toEqual({
    status: 503,
    body: '[-]broker failed: no leader (informational, ignored)\n',
  });
});

test.each(['zookeeper', '__proto__', ''])('requesting the unknown check %j returns 404', async (name) => {
  const response = await startedHealth([pass]).readyCheck(name);
  expect(response).toEqual({ status: 404, body: `no health check named "${name}"\n` });
});

test('all checks run concurrently, so a hanging one delays readiness only by its own time limit', async () => {
  const hang: Check = { name: 'hang', kind: 'required', check: () => new Promise(() => {}), timeoutMs: 100 };
  const health = startedHealth([hang, { ...hang, name: 'hang-too' }, pass]);
  vi.useFakeTimers();
  try {
    const response = health.ready();
    vi.advanceTimersByTime(100);
    expect((await response).body).toBe(
      '[+]startup ok\n[-]hang failed: timed out after 100 ms\n[-]hang-too failed: timed out after 100 ms\n' +
        '[+]store ok\n[+]shutdown ok\nreadyz check failed\n',
    );
  } finally {
    vi.useRealTimers();
  }
});

test('draining fails readiness immediately, without running checks that may hang', async () => {
  const check = vi.fn(() => new Promise<void>(() => {}));
  const health = startedHealth([{ ...pass, check }]);
  health.markDraining();
  expect(await health.ready()).toEqual({
    status: 503,
    body:
      '[+]startup ok\n[+]store skipped: the service is stopping\n' +
      '[-]shutdown failed: the service is stopping\nreadyz check failed\n',
  });
  expect(check).not.toHaveBeenCalled();
});

test('excluding shutdown while draining runs the other checks again', async () => {
  const health = startedHealth([pass]);
  health.markDraining();
  expect(await health.ready(without('shutdown'))).toEqual({
    status: 200,
    body: '[+]startup ok\n[+]store ok\n[+]shutdown excluded: ok\nreadyz check passed\n',
  });
});

test('liveness checks no dependency and passes before startup and while draining', async () => {
  const check = vi.fn(fail.check);
  const health = createHealth();
  health.add({ ...fail, check });
  expect(await health.live()).toEqual({ status: 200, body: 'ok' });
  health.markDraining();
  expect(await health.live(VERBOSE)).toEqual({ status: 200, body: '[+]ping ok\nhealthz check passed\n' });
  expect(check).not.toHaveBeenCalled();
});

test('the startup probe passes once startup has finished, even while draining', async () => {
  const health = createHealth();
  expect(await health.started()).toEqual({
    status: 503,
    body: '[-]startup failed: startup has not finished\nstartupz check failed\n',
  });
  health.markStarted();
  health.markDraining();
  expect(await health.started()).toEqual({ status: 200, body: 'ok' });
});

test('a bare response has the verdict but no names', async () => {
  const health = startedHealth([fail]);
  expect(bareResponse(await health.ready())).toEqual({ status: 503, body: 'not ok' });
  expect(bareResponse(await health.live(VERBOSE))).toEqual({ status: 200, body: 'ok' });
  expect(bareResponse(await health.readyCheck('nothing'))).toEqual({ status: 404, body: 'not found' });
});

test('a check is logged when it starts to fail and when it recovers, but not at every probe', async () => {
  const lines: string[] = [];
  const logger = {
    info: (fields: object, message: string) => void lines.push(`info ${message} ${JSON.stringify(fields)}`),
    warn: (fields: object, message: string) => void lines.push(`warn ${message} ${JSON.stringify(fields)}`),
  };
  let healthy = true;
  const check = () => (healthy ? undefined : Promise.reject(new Error('no leader')));
  const health = startedHealth([{ ...fail, check, cacheMs: 0 }], { logger });
  for (healthy of [true, false, false, true, true]) await health.ready();
  expect(lines).toEqual([
    'warn health check failed {"check":"broker","kind":"required","reason":"no leader"}',
    'info health check recovered {"check":"broker","kind":"required"}',
  ]);
});

test.each(['', 'Store', 'orders store', 'a/b', 'ä'])('a check named %j is rejected', (name) => {
  expect(() => createHealth().add({ ...pass, name })).toThrow(InvalidCheckError);
});

test.each(['startup', 'shutdown', 'store'])('a second check named %s is rejected', (name) => {
  const health = startedHealth([pass]);
  expect(() => health.add({ ...pass, name })).toThrow(`there is already a health check named ${name}`);
});

test.each([{ timeoutMs: 0 }, { timeoutMs: Number.NaN }, { timeoutMs: 2 ** 31 }, { cacheMs: -1 }])(
  'a check with the times %j is rejected',
  (times) => {
    expect(() => createHealth().add({ ...pass, ...times })).toThrow(InvalidCheckError);
  },
);

test('without parameters, a probe is not verbose and excludes nothing', () => {
  expect(parseProbeQuery(new URLSearchParams(''))).toEqual({ verbose: false, exclude: [], include: [] });
});

test('verbose applies if present, regardless of its value', () => {
  expect(parseProbeQuery(new URLSearchParams('verbose')).verbose).toBe(true);
  expect(parseProbeQuery(new URLSearchParams('verbose=false')).verbose).toBe(true);
});

test('exclude and include may be repeated, and unknown parameters are ignored', () => {
  const query = parseProbeQuery(new URLSearchParams('exclude=a&timeout=3&exclude=b&include=c&include=d'));
  expect(query).toEqual({ verbose: false, exclude: ['a', 'b'], include: ['c', 'd'] });
});

test('include selects a group of checks, all of which must pass', async () => {
  const optional: Check = { ...fail, name: 'cache', kind: 'informational' };
  const health = startedHealth([pass, fail, optional]);
  const include = (...names: string[]) => health.ready({ verbose: true, exclude: [], include: names });
  expect((await health.ready()).status).toBe(503);
  expect(await include(pass.name, 'startup')).toMatchObject({
    status: 200,
    body: `[+]startup ok\n[+]${pass.name} ok\nreadyz check passed\n`,
  });
  expect((await include(pass.name, 'cache')).status).toBe(503);
  expect((await include(pass.name, 'nothing')).status).toBe(404);
});
