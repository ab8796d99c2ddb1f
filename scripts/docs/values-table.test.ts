import { expect, test } from 'vitest';
import { valuesTable } from './values-table.ts';

test('each value has a row with its default and the comment next to it or above it', () => {
  const values = `# About the file.

image:
  tag: "" # Same line
  # Above, on
  # two lines
  ports: [80, 81]
# A section
config:
  debug: { enabled: false } # Flow
`;
  expect(valuesTable(values).split('\n').slice(2)).toEqual([
    '| `image.tag` | `""` | Same line |',
    '| `image.ports` | `[80, 81]` | Above, on two lines |',
    '| `config` | | A section |',
    '| `config.debug` | `{ enabled: false }` | Flow |',
    '',
  ]);
});

test('a value without a comment is an error', () => {
  expect(() => valuesTable('image:\n  tag: x\n')).toThrow('image.tag has no comment');
});
