import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** The sections "Log lines" of the runbook and of the integrations' documents. */
const LOG_LINES = globSync('docs/*.md', { cwd: ROOT })
  .flatMap((name) => readFileSync(join(ROOT, name), 'utf8').split(/^## /m))
  .filter((chapter) => chapter.startsWith('Log lines\n'))
  .join('\n');

/** Matches a call that logs at level error or fatal, and captures its text. */
const CALL = /(?:\.(?:error|fatal)|exitAtOnce)\(\{[^;]*?,\s*(?<quote>['`])(?<text>[^'`]+)\k<quote>,?\s*\)/g;
/** Messages that are passed to the logging call as a variable. */
const INDIRECT_MESSAGES = ['uncaught exception', 'unhandled rejection', 'start failed'];

test('every message logged at error or fatal is in the runbook', () => {
  const texts = globSync('{cmd,internal,pkg}/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(CALL)])
    .map(({ groups }) => groups?.text ?? '');
  expect(texts.length).toBeGreaterThan(5);
  for (const text of [...texts, ...INDIRECT_MESSAGES]) expect(inRunbook(text), text).toBe(true);
});

test('a message that is not in the runbook is detected', () => {
  expect(inRunbook('no such line')).toBe(false);
});

/** Accepts any text in the runbook where the message has `${…}`. */
function inRunbook(text: string): boolean {
  const pattern = text
    .split(/\$\{[^}]*\}/)
    .map((part) => RegExp.escape(part))
    .join('[^`]+');
  return new RegExp(`\`${pattern}\``).test(LOG_LINES);
}
