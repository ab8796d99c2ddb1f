import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { blocksIn } from './blocks.ts';

test('the commands in the section "Settings" of the runbook print the settings and the options', {
  timeout: 60_000,
}, () => {
  const [block] = blocksIn(read('docs/operations.md')).filter(({ section }) => section === 'Settings');
  const output = execFileSync('bash', ['-euo', 'pipefail', '-c', block?.code ?? 'false'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(output).toMatch(/^http:\n(?: .*\n)*? {2}port: 8080 +# /m);
  expect(output).toContain('--print-config');
});
