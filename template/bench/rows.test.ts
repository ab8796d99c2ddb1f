import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HEADLINE, IMAGE_ENVIRONMENT, IMAGE_FLAGS, REFERENCE, ROWS, requiredSettings, UNTRACED } from './rows.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHART_LIMIT_MIB = 256;

test('a traced service exports to the receiver, an untraced one does not export', () => {
  const rows = ROWS.filter(({ name }) => ['service-0.01', UNTRACED].includes(name));
  const settings = rows.map((row) => requiredSettings(row, 'http://sink'));
  expect(settings).toEqual([{}, { 'tracing.endpoint': 'http://sink', 'tracing.sampleRatio': '0.01' }]);
});

test('the headline has the Node flags and the environment of the image, at the memory limit of the chart', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const [, percentage, semiSpace] =
    /NODE_OPTIONS="--max-old-space-size-percentage=(\d+) --max-semi-space-size=(\d+)"/.exec(dockerfile) ?? [];
  const oldSpace = (CHART_LIMIT_MIB * Number(percentage)) / 100;
  const [, ofProgram] = /^ENTRYPOINT .*"(--[^"]+)"/m.exec(dockerfile) ?? [];
  expect(IMAGE_FLAGS).toEqual([`--max-old-space-size=${oldSpace}`, `--max-semi-space-size=${semiSpace}`, ofProgram]);
  expect(readFileSync(join(ROOT, 'charts/skiff/values.yaml'), 'utf8')).toContain(`memory: ${CHART_LIMIT_MIB}Mi`);
  for (const [name, value] of Object.entries(IMAGE_ENVIRONMENT)) expect(dockerfile).toContain(`${name}=${value}`);

  const flagsOf = (name: string) => ROWS.find((row) => row.name === name)?.nodeFlags;
  expect([HEADLINE, UNTRACED].map(flagsOf)).toEqual([IMAGE_FLAGS, IMAGE_FLAGS]);
  expect(flagsOf(REFERENCE)).toBeUndefined();
});
