import { expect, test } from 'vitest';
import { replaceMarkedBlock } from './marked-block.ts';

test('a second run keeps the text around the figures', () => {
  const first = replaceMarkedBlock('# Performance\n\nWhat it costs.\n', 'old');
  const edited = `${first}\nWhat the profile shows.\n`;
  const second = replaceMarkedBlock(edited, 'new');
  expect(second).toBe(edited.replace('old', 'new'));
  expect(second).toMatch(
    /^# Performance\n\nWhat it costs\.\n\n<!-- bench:begin.*-->\n\nnew\n\n<!-- bench:end -->\n\nWhat/,
  );
});

test('a text with only one of the markers is rejected', () => {
  expect(() => replaceMarkedBlock('<!-- bench:end -->', 'new')).toThrow('both markers');
});
