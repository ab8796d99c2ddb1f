import { expect, test } from 'vitest';
import { replaceMarkedBlock } from './marked-block.ts';

test('prose around the figures survives a second run', () => {
  const first = replaceMarkedBlock('# Performance\n\nWhat it costs.\n', 'old');
  const edited = `${first}\nWhat the profile shows.\n`;
  const second = replaceMarkedBlock(edited, 'new');
  expect(second).toBe(edited.replace('old', 'new'));
  expect(second).toMatch(
    /^# Performance\n\nWhat it costs\.\n\n<!-- bench:begin.*-->\n\nnew\n\n<!-- bench:end -->\n\nWhat/,
  );
});

test('a text with one marker alone is left to its author', () => {
  expect(() => replaceMarkedBlock('<!-- bench:end -->', 'new')).toThrow('both markers');
});
