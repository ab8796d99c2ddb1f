import { expect, test } from 'vitest';
import { complete, readArguments } from './command-line.ts';

const NONE: ReadonlySet<string> = new Set();
const OPTIONS = { name: 'orders', owner: 'Team Checkout', registry: 'registry.test/checkout' };

test('options are read, and lists may have spaces', () => {
  const args = [
    'orders',
    '--without',
    'example, consul,',
    '--fresh-history',
    '--no-check',
    '--keep-origin',
    '--dry-run',
  ];
  expect(readArguments(args)).toEqual({
    options: { name: 'orders', without: ['example', 'consul'] },
    ...{ freshHistory: true, check: false, keepOrigin: true, dryRun: true, help: false },
  });
});

test.each([
  [['--ower', 'Ada'], '--ower is not an option; did you mean --owner?'],
  [['--wihtout=consul'], '--wihtout is not an option; did you mean --without?'],
  [['--freshhistory'], 'did you mean --fresh-history?'],
  [['-x'], '-x is not an option'],
  [['--owner'], 'argument missing'],
  [['orders', '--owner', 'Team', 'Checkout'], 'found more: Checkout; quote values with spaces'],
  [['--ci', 'gihub'], '--ci: gihub is unknown; did you mean github?'],
  [['--ci', 'jenkins'], '--ci: jenkins is unknown; use github, gitlab, both'],
])('%j is rejected', (args, reason) => {
  expect(() => readArguments(args)).toThrow(reason);
});

test('the registry is normalized, and the removed features are in the order of their declaration', () => {
  const given = { ...OPTIONS, owner: ' Ada ', registry: 'https://Registry.test/', without: ['consul', 'example'] };
  expect(complete(given, NONE)).toEqual({
    ...{ name: 'orders', owner: 'Ada', registry: 'registry.test', domain: 'example.com' },
    ...{ without: ['example', 'consul'], ci: 'both' },
  });
});

test('everything that is missing or invalid is listed', () => {
  const problemsOf = (options: Parameters<typeof complete>[0]) => {
    try {
      complete(options, new Set(['orders']));
    } catch (error) {
      return error instanceof Error ? error.message.split('\n') : [];
    }
    return [];
  };
  expect(problemsOf({})).toEqual([
    'the name is missing',
    expect.stringMatching(/^--owner: expected the name/),
    expect.stringMatching(/^--registry: expected a host/),
  ]);
  expect(problemsOf({ ...OPTIONS, name: 'shop', domain: 'Acme' })).toEqual([
    '--domain: Acme is not a domain in lower case, such as acme.com',
  ]);
  expect(problemsOf({ ...OPTIONS, registry: 'ghcr.io', without: ['consull', 'everything'] })).toEqual([
    expect.stringMatching(/^the name orders: it is a package/),
    expect.stringMatching(/^--registry: ghcr\.io needs/),
    '--without: consull is unknown; did you mean consul?',
    expect.stringMatching(/^--without: everything is unknown; use example, consul, /),
  ]);
});
