import { expect, expectTypeOf, test } from 'vitest';
import { integer, string } from './formats.ts';
import { notFrom, settingsOf } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

const group = notFrom(['kv'], {
  size: { doc: 'The size.', format: integer(), default: 1 },
  stage: { doc: 'The stage.', format: string(), notFrom: ['repository', 'kv'] },
  inner: { name: { doc: 'The name.', format: string() } },
});

test('rejected sources are added to every setting of a group, at any depth', () => {
  const rejected = [...settingsOf(group)].map(([key, setting]) => [key, setting.notFrom]);
  expect(rejected).toEqual([
    ['size', ['kv']],
    ['stage', ['kv', 'repository']],
    ['inner.name', ['kv']],
  ]);
});

test('rejecting sources does not change the type of a group', () => {
  expectTypeOf<ConfigOf<typeof group>>().toEqualTypeOf<{
    readonly size: number;
    readonly stage?: string;
    readonly inner: { readonly name?: string };
  }>();
});
