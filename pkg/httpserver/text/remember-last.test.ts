import { expect, test } from 'vitest';
import { rememberLast } from './remember-last.ts';

test('a text is computed again only when the value changes', () => {
  const computed: (number | undefined)[] = [];
  const textOf = rememberLast((value: number | undefined) => {
    computed.push(value);
    return `=${value}`;
  });
  const texts = [undefined, undefined, 1, 1, 2, 1].map(textOf);
  expect(texts).toEqual(['=undefined', '=undefined', '=1', '=1', '=2', '=1']);
  expect(computed).toEqual([undefined, 1, 2, 1]);
});
