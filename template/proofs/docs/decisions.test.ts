import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { ROOT, read } from '../../../test/docs/markdown.ts';

const FOLDERS = ['docs/decisions', 'template/decisions'];

test.each(FOLDERS)('every record in %s has a title, a status and a date, and the index lists them', (folder) => {
  const expected = readdirSync(join(ROOT, folder))
    .filter((name) => name !== 'README.md')
    .sort()
    .map((name) => indexLine(`${folder}/${name}`));
  const index = read(`${folder}/README.md`).split('\n');
  expect(expected.length).toBeGreaterThan(5);
  expect(index.filter((line) => line.startsWith('| ['))).toEqual(expected);
});

test('the decision on runtime dependencies gives a reason for each of them', () => {
  const reasons = read(`docs/decisions/0001-runtime-dependencies.md`);
  const names = Object.keys(packageJson.dependencies);
  expect(names.filter((name) => !reasons.includes(name.replace('@opentelemetry/', '')))).toEqual([]);
});

function indexLine(path: string): string {
  const text = read(path);
  const { title, status, date } =
    /^# (?<title>.+)\n\n(?<status>Accepted|Superseded by \[\d{4}\]\(\S+\)) · (?<date>\d{4}-\d\d-\d\d)\n/.exec(text)
      ?.groups ?? {};
  const name = basename(path);
  return `| [${name.slice(0, 4)}](${name}) | ${title} | ${status} | ${date} |`;
}
