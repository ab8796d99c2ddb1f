import { expect, expectTypeOf, test } from 'vitest';
import { integer, string } from './formats.ts';
import { notFrom, settingsOf } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

const group = notFrom(['kv'], {
  size: { doc: 'The size.', format: integer(), default: 1 },
  stage: { doc: 'The stage.', format: string(), notFrom: ['repository', 'kv'] },
  inner: { name: { doc: 'The name.', format: string() } },
});

test('a group refuses sources for all of its settings, at any depth, besides what they refuse themselves', () => {
  const refused = [...settingsOf(group)].map(([key, setting]) => [key, setting.notFrom]);
  expect(refused).toEqual([
    ['size', ['kv']],
    ['stage', ['kv', 'repository']],
    ['inner.name', ['kv']],
  ]);
});

test('such a group has the type that it has without', () => {
  expectTypeOf<ConfigOf<typeof group>>().toEqualTypeOf<{
    readonly size: number;
    readonly stage?: string;
    readonly inner: { readonly name?: string };
  }>();
});
