import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

/** What cmd.exe, the shell of npm scripts on Windows, does not know: exec, xargs, variables, single quotes, pipes. */
const POSIX = /\b(?:exec|xargs|env)\b|[$'`;]|(?<!\|)\|(?!\|)|(?:^|&& )\w+=/;

test.each(Object.entries(packageJson.scripts))('npm run %s needs no POSIX shell', (_name, command) => {
  expect(command).not.toMatch(POSIX);
});

test.each(['exec node x', 'PORT=1 node x', 'node x && PORT=1 node y', "node 'x'", 'a | b', 'cd $PWD'])(
  '%s needs one',
  (command) => {
    expect(command).toMatch(POSIX);
  },
);

test('there are at most 20 scripts', () => {
  expect(Object.keys(packageJson.scripts).length).toBeLessThanOrEqual(20);
});
