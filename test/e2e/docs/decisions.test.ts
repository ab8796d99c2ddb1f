import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { ROOT, read } from './markdown.ts';

const FOLDER = 'docs/decisions';

test('every decision has a title, a status and a date, and the index says the same', () => {
  const expected = readdirSync(join(ROOT, FOLDER))
    .filter((name) => name !== 'README.md')
    .sort()
    .map((name) => indexLine(`${FOLDER}/${name}`));
  const index = read(`${FOLDER}/README.md`).split('\n');
  expect(index.filter((line) => line.startsWith('| ['))).toEqual(expected);
});

test('every runtime dependency has its reason in the decision about them', () => {
  const reasons = read(`${FOLDER}/0001-runtime-dependencies.md`);
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
