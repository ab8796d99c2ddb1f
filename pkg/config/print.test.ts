import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { integer, list, string } from './formats.ts';
import { type Found, parseLayer } from './layer.ts';
import { printSettings } from './print.ts';
import { duration } from './quantities.ts';
import type { Schema } from './schema.ts';
import { readYamlLayer } from './yaml-layer.ts';

const schema = {
  name: { doc: '', format: string() },
  http: {
    count: { doc: '', format: integer() },
    wait: { doc: '', format: duration() },
    hosts: { doc: '', format: list() },
  },
  unset: { doc: '', format: string() },
} as const satisfies Schema;

const values = (entries: Record<string, unknown>): ReadonlyMap<string, Found> =>
  new Map(Object.entries(entries).map(([key, value]) => [key, { value, origin: `env ${key}`, source: 'env' }]));

test('each value is printed on its own line with its origin in a comment', () => {
  const found = values({ name: 'a', 'http.count': 5, 'http.wait': 90_000, 'http.hosts': ['a', '::1'] });
  expect(printSettings(schema, [{ source: 'env', values: found, problems: [] }])).toBe(
    [
      'name: a            # env name',
      'http:',
      '  count: 5         # env http.count',
      '  wait: 90s        # env http.wait',
      '  hosts: [a, ::1]  # env http.hosts',
      'unset: null        # not set',
      '',
    ].join('\n'),
  );
});

test('the origin of a rejected value is printed next to that of the value in use', () => {
  const problems = [{ key: 'name', origin: '--set name', expected: 'another' }];
  const printed = printSettings(schema, [{ source: 'env', values: values({ name: 'a' }), problems }]);
  expect(printed).toContain('# env name; rejected: --set name\n');
});

test('the printed configuration reads back as the same values, even awkward ones', () => {
  const awkward = [
    '8080',
    'true',
    'null',
    'a: b',
    'a # b',
    '*x',
    '- a',
    "it's",
    '"q"',
    'two\nlines\n',
    ' pad ',
    '~',
    'é\u2028',
    '\u0085x\u0007\t',
    '\ufeffx',
    'a\rb',
  ];
  for (const name of [...awkward, 'x'.repeat(200)]) {
    const found = values({ name, 'http.count': -1, 'http.wait': 0, 'http.hosts': awkward });
    const printed = printSettings(schema, [{ source: 'env', values: found, problems: [] }]);
    const file = join(temporaryFiles({ 'a.yaml': printed }), 'a.yaml');
    const read = parseLayer(
      schema,
      readYamlLayer(schema, file, { source: 'mounted', cwd: '/', missing: 'error', blank: 'error' }),
    );
    expect(read.problems, printed).toEqual([]);
    for (const [key, { value }] of found) expect(read.values.get(key)?.value, printed).toEqual(value);
  }
});
