import { expect, test } from 'vitest';
import { parseCommandLine, UsageError } from './command-line.ts';

const options = {
  'print-config': { type: 'boolean', default: false },
  set: { type: 'string', multiple: true },
} as const;

function messageFor(...args: string[]): string {
  try {
    parseCommandLine({ args, options });
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
}

test('known options are returned as Node returns them', () => {
  const { values } = parseCommandLine({ args: ['--print-config', '--set=a=1', '--set', 'b=2'], options });
  expect({ ...values }).toEqual({ 'print-config': true, set: ['a=1', 'b=2'] });
});

test.each([
  ['--prnt-config', 'unknown option --prnt-config; did you mean --print-config?'],
  ['--prnt-config=yes', 'unknown option --prnt-config; did you mean --print-config?'],
  ['print-config', 'unknown argument print-config; did you mean --print-config?'],
  ['--verbose', 'unknown option --verbose'],
  ['-x', 'unknown option -x'],
  ["it's", "unknown argument it's"],
])('%s is rejected with the nearest option', (arg, message) => {
  expect(messageFor(arg)).toBe(message);
});

test('an option without its value is rejected with the reason', () => {
  expect(messageFor('--set')).toContain('--set');
  expect(messageFor('--print-config=yes')).toContain('--print-config');
});

test('an error in the definition of the options is not a usage error', () => {
  const broken = { args: [], options: { x: { type: 'number' } } };
  // @ts-expect-error: a type that Node does not have.
  expect(() => parseCommandLine(broken)).toThrow(/type/);
});
