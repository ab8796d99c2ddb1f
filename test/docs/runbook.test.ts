import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Of the runbook and of the documents of integrations. */
const LOG_LINES = globSync('docs/*.md', { cwd: ROOT })
  .flatMap((name) => readFileSync(join(ROOT, name), 'utf8').split(/^## /m))
  .filter((chapter) => chapter.startsWith('Log lines\n'))
  .join('\n');

/** A call that logs at level error or fatal, up to its end, and the text that it logs. */
const CALL = /(?:\.(?:error|fatal)|exitAtOnce)\(\{[^;]*?,\s*(?<quote>['`])(?<text>[^'`]+)\k<quote>,?\s*\)/g;
/** The lines whose text is not where they are logged. */
const PASSED_ON = ['uncaught exception', 'unhandled rejection', 'start failed'];

test('every line that is logged at error or fatal is in the runbook', () => {
  const texts = globSync('{cmd,internal,pkg}/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(CALL)])
    .map(({ groups }) => groups?.text ?? '');
  expect(texts.length).toBeGreaterThan(5);
  for (const text of [...texts, ...PASSED_ON]) expect(inRunbook(text), text).toBe(true);
});

test('a line that is not there would be missed', () => {
  expect(inRunbook('no such line')).toBe(false);
});

/** Where the text has `${…}`, the runbook may have anything. */
function inRunbook(text: string): boolean {
  const pattern = text
    .split(/\$\{[^}]*\}/)
    .map((part) => RegExp.escape(part))
    .join('[^`]+');
  return new RegExp(`\`${pattern}\``).test(LOG_LINES);
}
