import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Format } from './format.ts';
import { boolean, integer, list, oneOf, port, ratio, string, url } from './formats.ts';
import { byteSize, duration } from './quantities.ts';

/** For each format: accepted and rejected YAML values, accepted texts with their values, and rejected texts. */
const cases: readonly {
  format: Format<unknown>;
  yaml: readonly unknown[];
  notYaml: readonly unknown[];
  text: Readonly<Record<string, unknown>>;
  notText: readonly string[];
}[] = [
  {
    format: boolean(),
    yaml: [true, false],
    notYaml: ['true', 0, 1, null, 'yes', []],
    text: { true: true, false: false },
    notText: ['0', '1', 'no', 'yes', 'on', 'TRUE', 'False', '', ' true'],
  },
  {
    format: integer({ min: -5, max: 20 }),
    yaml: [-5, 0, 20],
    notYaml: ['8', 1.5, -6, 21, Number.NaN, Number.POSITIVE_INFINITY, true, null],
    text: { '0': 0, '12': 12, '-5': -5 },
    notText: ['12abc', '1.0', '1e1', '0x10', '+5', '007', '-0', '', ' 5', '21', '-6', 'NaN'],
  },
  {
    format: integer(),
    yaml: [Number.MAX_SAFE_INTEGER],
    notYaml: [2 ** 53, 10n],
    text: { '9007199254740991': Number.MAX_SAFE_INTEGER },
    notText: ['9007199254740993'],
  },
  {
    format: port(),
    yaml: [0, 8080, 65535],
    notYaml: ['8080', -1, 65536, 80.9],
    text: { '0': 0, '65535': 65535 },
    notText: ['-1', '65536', '80.9', 'http'],
  },
  {
    format: ratio(),
    yaml: [0, 0.25, 1],
    notYaml: [-0.1, 1.1, Number.NaN, '0.5'],
    text: { '0': 0, '0.5': 0.5, '1.0': 1 },
    notText: ['abc', '.5', '1.', '1e-1', '50%', '2'],
  },
  {
    format: string(),
    yaml: ['a', ' a '],
    notYaml: ['', '  ', 5, true, null],
    text: { '8080': '8080' },
    notText: ['', ' '],
  },
  {
    format: oneOf('json', 'pretty'),
    yaml: ['json', 'pretty'],
    notYaml: ['JSON', 'jso', '', 0],
    text: { json: 'json' },
    notText: ['json ', 'Pretty'],
  },
  {
    format: url(),
    yaml: ['http://127.0.0.1:8500', 'https://example.org/a?b=c'],
    notYaml: ['example.org', 'http:host', 'ftp://host', 'http://user:pass@host', 'http://u@host', 'http://', 5],
    text: { 'http://[::1]:80/': 'http://[::1]:80/', 'http://[192.0.2.1]:80': 'http://192.0.2.1:80' },
    notText: ['http://2001:db8::1:80', 'http://[host]:80', ' http://host', 'http://a b', 'HTTP//x', ''],
  },
  {
    format: list({ of: 'short words', accepts: (item) => item.length < 4 }),
    yaml: [[], ['a', 'b']],
    notYaml: ['a', [1], [''], ['long-word'], null, { 0: 'a' }],
    text: { a: ['a'], 'a, b,c': ['a', 'b', 'c'] },
    notText: ['', ',', 'a,,b', 'a,', 'long-word'],
  },
  {
    format: duration({ min: '1s' }),
    yaml: ['1s', '1000ms', '2m', '1h', '596h'],
    notYaml: [10, '10', '0s', '999ms', '1.5s', '-1s', '1 s', '1S', '1d', '1m30s', '01s', '597h', ''],
    text: { '1500ms': 1500, '10s': 10_000, '2m': 120_000, '1h': 3_600_000 },
    notText: ['10', 's', '1e3s', '10 s', 'constructor', '5__proto__'],
  },
  {
    format: byteSize(),
    yaml: ['0B', '512KiB', '1MiB', '2GiB'],
    notYaml: [1024, '0', '1024', '1KB', '1MB', '1mib', '1.5MiB', '9007199254740993B'],
    text: { '1B': 1, '1KiB': 1024, '1MiB': 1_048_576, '1GiB': 1_073_741_824 },
    notText: ['1k', '1', '-1B'],
  },
];

for (const { format, yaml, notYaml, text, notText } of cases) {
  test(`${format.type}: accepts valid notation and converts it back unchanged`, () => {
    for (const raw of yaml) {
      const value = format.fromYaml(raw);
      expect(format.is(value), String(raw)).toBe(true);
      expect(format.fromYaml(format.toYaml(value)), String(raw)).toEqual(value);
    }
    for (const [written, value] of Object.entries(text)) {
      expect(format.fromText(written), written).toEqual(value);
      expect(format.fromYaml(format.toYaml(value)), written).toEqual(value);
    }
  });

  test(`${format.type}: rejects everything else instead of guessing`, () => {
    for (const raw of notYaml) expect(format.fromYaml(raw), String(raw)).toBeUndefined();
    for (const written of notText) expect(format.fromText(written), written).toBeUndefined();
  });
}

test('a quantity is written in the largest unit that needs no fraction', () => {
  expect([0, 250, 65_000, 90_000, 120_000, 7_200_000].map(duration().toYaml)).toEqual([
    '0s',
    '250ms',
    '65s',
    '90s',
    '2m',
    '2h',
  ]);
  expect([0, 1000, 1536, 1_048_576].map(byteSize().toYaml)).toEqual(['0B', '1000B', '1536B', '1MiB']);
});

test('the longest duration fits a Node timer', () => {
  const longest = duration().fromText('596h');
  expect(longest).toBeLessThan(2 ** 31);
  expect(duration().fromText('597h')).toBeUndefined();
});

test('Node fires a timer longer than 2³¹−1 ms immediately', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const startedAt = performance.now();
  await sleep(2 ** 31);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(warned).toHaveBeenCalledWith(expect.anything(), 'TimeoutOverflowWarning');
});

test('a limit that is not in the notation of its format throws when the schema is created', () => {
  expect(() => duration({ min: '1d' })).toThrow('"1d"');
});

test('type names include the range', () => {
  expect(integer({ min: 1, max: 9 }).expected).toBe('an integer from 1 to 9');
  expect(integer({ max: 9 }).expected).toBe('an integer of at most 9');
  expect(integer().expected).toBe('an integer');
  expect(duration({ min: '1s' }).type).toBe('duration of at least 1s');
});
