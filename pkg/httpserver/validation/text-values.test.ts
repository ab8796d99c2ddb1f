import { type TSchema, Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { createTextConverter } from './text-values.ts';

function convert(schema: TSchema, value: unknown): unknown {
  const data = { value };
  createTextConverter(Type.Object({ value: schema }), () => undefined)(data);
  return data.value;
}

/** Strings that `Number()` or a converting validator accepts as a number or a boolean, although they are not JSON. */
const LOOSE = [
  ...[
    '',
    ' ',
    ' 5',
    '5 ',
    '5\n',
    '\t5',
    '+5',
    '05',
    '0x10',
    '0b1',
    '0o7',
    '1_000',
    '1,000',
    '5.',
    '.5',
    '5n',
    '٥',
    '５',
  ],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    'undefined',
    'True',
    'TRUE',
    'yes',
    'on',
    '[]',
    '[1]',
    '--1',
    '-',
    'e1',
    '1e',
    '1e999',
  ],
];

test.each(LOOSE)('%j stays a string, which the validator rejects', (text) => {
  for (const schema of [Type.Integer(), Type.Number(), Type.Boolean()]) expect(convert(schema, text)).toBe(text);
});

describe.each([
  ['an integer', Type.Integer(), { '0': 0, '5': 5, '-17': -17, '999999999999999': 999_999_999_999_999 }],
  ['a number', Type.Number(), { '0': 0, '1.5': 1.5, '-0.25': -0.25, '1e3': 1000, '2E-2': 0.02 }],
  ['a boolean', Type.Boolean(), { true: true, false: false }],
  ['a union of numbers', Type.Union([Type.Literal(1), Type.Literal(2)]), { '1': 1, '3': 3, x: 'x' }],
  ['a string', Type.String(), { '5': '5', true: 'true' }],
  ['a string or an integer', Type.Union([Type.String(), Type.Integer()]), { '5': '5' }],
  ['integers', Type.Array(Type.Integer()), { '5': [5], x: ['x'] }],
])('%s', (_name, schema, values) => {
  test.each(Object.entries<unknown>(values))('%j', (text, value) => {
    expect(convert(schema, text)).toEqual(value);
  });
});

test.each(['1.0', '1e2', '1000000000000000', '9007199254740993'])('%s is not converted to an integer', (text) => {
  expect(convert(Type.Integer(), text)).toBe(text);
});

test('a list is converted item by item, and repeated values of a single parameter are not converted', () => {
  expect(convert(Type.Array(Type.Integer()), ['1', '0x2'])).toEqual([1, '0x2']);
  expect(convert(Type.Integer(), ['1', '2'])).toEqual(['1', '2']);
});

test('schemas are followed through references, intersections and patterns', () => {
  const count = Type.Integer();
  const schema = Type.Intersect([
    Type.Object({ shared: Type.Unsafe<number>(Type.Ref('Count#')) }),
    Type.Object({ on: Type.Boolean() }),
    Type.Record(Type.String({ pattern: '^n-' }), Type.Integer()),
  ]);
  const data = { shared: '1', on: 'true', 'n-a': '2', other: '3' };
  createTextConverter(schema, (reference) => (reference === 'Count#' ? count : undefined))(data);
  expect(data).toEqual({ shared: 1, on: true, 'n-a': 2, other: '3' });
});

test('an absent value stays absent', () => {
  const data = {};
  createTextConverter(Type.Object({ a: Type.Integer(), b: Type.Array(Type.Integer()) }), () => undefined)(data);
  expect(data).toEqual({});
  expect(() => createTextConverter(undefined, () => undefined)(null)).not.toThrow();
});
