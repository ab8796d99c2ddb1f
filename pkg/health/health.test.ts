import { expect, test, vi } from 'vitest';
import { type Check, InvalidCheckError } from './check.ts';
import { createHealth, type HealthOptions } from './health.ts';
import { bareAnswer } from './report.ts';

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

test('readiness fails until start-up has finished', async () => {
  const health = createHealth();
  expect(await health.ready()).toEqual({
    status: 503,
    body: '[-]startup failed: start-up has not finished\n[+]shutdown ok\nreadyz check failed\n',
  });
  health.markStarted();
  expect(await health.ready()).toEqual({ status: 200, body: 'ok' });
});

test('a verbose success lists every check in the order they were added', async () => {
  const health = startedHealth([{ ...pass, name: 'zeta' }, pass]);
  expect(await health.ready(VERBOSE)).toEqual({
    status: 200,
    body: '[+]startup ok\n[+]zeta ok\n[+]store ok\n[+]shutdown ok\nreadyz check passed\n',
  });
});

test('a failing required check fails readiness and is listed with its reason without being asked', async () => {
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

test('excluding a check that does not exist warns in the list and changes nothing else', async () => {
  const health = startedHealth([pass]);
  expect(await health.ready(without('zookeeper', 'con"sul', 'zookeeper'))).toEqual({
    status: 200,
    body:
      '[+]startup ok\n[+]store ok\n[+]shutdown ok\n' +
      'warn: some health checks cannot be excluded: no matches for "con\\"sul","zookeeper"\nreadyz check passed\n',
  });
  expect(await health.ready({ verbose: false, exclude: ['zookeeper'] })).toEqual({ status: 200, body: 'ok' });
});

test('one check answers for itself by its name, an informational one too', async () => {
  const health = startedHealth([pass, { ...fail, kind: 'informational' }]);
  expect(await health.readyCheck('store')).toEqual({ status: 200, body: 'ok' });
  expect(await health.readyCheck('startup')).toEqual({ status: 200, body: 'ok' });
  expect(await health.readyCheck('broker')).toEqual({
    status: 503,
    body: '[-]broker failed: no leader (informational, ignored)\n',
  });
});

test.each(['zookeeper', '__proto__', ''])('asking for the unknown check %j is a 404', async (name) => {
  const answer = await startedHealth([pass]).readyCheck(name);
  expect(answer).toEqual({ status: 404, body: `no health check named "${name}"\n` });
});

test('all checks run at the same time, so a hanging one costs its own time limit and nothing else', async () => {
  const hang: Check = { name: 'hang', kind: 'required', check: () => new Promise(() => {}), timeoutMs: 100 };
  const health = startedHealth([hang, { ...hang, name: 'hang-too' }, pass]);
  vi.useFakeTimers();
  try {
    const answer = health.ready();
    vi.advanceTimersByTime(100);
    expect((await answer).body).toBe(
      '[+]startup ok\n[-]hang failed: timed out after 100 ms\n[-]hang-too failed: timed out after 100 ms\n' +
        '[+]store ok\n[+]shutdown ok\nreadyz check failed\n',
    );
  } finally {
    vi.useRealTimers();
  }
});

test('draining fails readiness at once, without asking a dependency that may hang', async () => {
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

test('excluding shutdown while draining asks the other checks again', async () => {
  const health = startedHealth([pass]);
  health.markDraining();
  expect(await health.ready(without('shutdown'))).toEqual({
    status: 200,
    body: '[+]startup ok\n[+]store ok\n[+]shutdown excluded: ok\nreadyz check passed\n',
  });
});

test('liveness looks at no dependency and passes before start-up and while draining', async () => {
  const check = vi.fn(fail.check);
  const health = createHealth();
  health.add({ ...fail, check });
  expect(await health.live()).toEqual({ status: 200, body: 'ok' });
  health.markDraining();
  expect(await health.live(VERBOSE)).toEqual({ status: 200, body: '[+]ping ok\nhealthz check passed\n' });
  expect(check).not.toHaveBeenCalled();
});

test('the start-up probe passes from the end of start-up on, while draining too', async () => {
  const health = createHealth();
  expect(await health.started()).toEqual({
    status: 503,
    body: '[-]startup failed: start-up has not finished\nstartupz check failed\n',
  });
  health.markStarted();
  health.markDraining();
  expect(await health.started()).toEqual({ status: 200, body: 'ok' });
});

test('the bare form says the verdict and no name', async () => {
  const health = startedHealth([fail]);
  expect(bareAnswer(await health.ready())).toEqual({ status: 503, body: 'not ok' });
  expect(bareAnswer(await health.live(VERBOSE))).toEqual({ status: 200, body: 'ok' });
  expect(bareAnswer(await health.readyCheck('nothing'))).toEqual({ status: 404, body: 'not found' });
});

test('a check is logged when it begins to fail and when it recovers, not at every probe', async () => {
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
    'warn health check fails {"check":"broker","kind":"required","reason":"no leader"}',
    'info health check passes again {"check":"broker","kind":"required"}',
  ]);
});

test.each(['', 'Store', 'orders store', 'a/b', 'ä'])('a check named %j is refused', (name) => {
  expect(() => createHealth().add({ ...pass, name })).toThrow(InvalidCheckError);
});

test.each(['startup', 'shutdown', 'store'])('a second check named %s is refused', (name) => {
  const health = startedHealth([pass]);
  expect(() => health.add({ ...pass, name })).toThrow(`there is already a health check named ${name}`);
});

test.each([{ timeoutMs: 0 }, { timeoutMs: Number.NaN }, { timeoutMs: 2 ** 31 }, { cacheMs: -1 }])(
  'a check with the times %j is refused',
  (times) => {
    expect(() => createHealth().add({ ...pass, ...times })).toThrow(InvalidCheckError);
  },
);
