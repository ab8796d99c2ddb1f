import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startService } from '../../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const copy = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => rmSync(copy, { recursive: true }));

/** Returns the code blocks that start with a comment with their file name. */
function filesIn(markdown: string): Map<string, string> {
  return new Map(
    [...markdown.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, file = '', code = '']) => [file, code]),
  );
}

test('the endpoint in the README works when its three files are copied literally', async () => {
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

  const files = filesIn(README);
  expect([...files.keys()]).toEqual([
    'internal/greetings/model.ts',
    'internal/greetings/routes.ts',
    'internal/app/domains.ts',
  ]);
  for (const [file, code] of files) {
    const path = join(copy, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file === 'internal/app/domains.ts' ? withLines(readFileSync(path, 'utf8'), code) : code);
  }

  const service = await startService({ root: copy });
  const response = await fetch(`${service.url}/v1/greetings/Ada`);
  expect([response.status, await response.json()]).toEqual([200, { greeting: 'Hello, Ada' }]);
  const document = await (await fetch(`${service.url}/openapi.json`)).text();
  expect(document).toContain('getGreeting');
  expect((await fetch(`${service.url}/v1/greetings/${'x'.repeat(51)}`)).status).toBe(422);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

/** Adds the import at the top and the entry at the end of the list, as a reader of the README would. */
function withLines(domains: string, code: string): string {
  const [imported, entry] = code.trimEnd().split('\n');
  const end = domains.lastIndexOf(']');
  return `${imported}\n${domains.slice(0, end)}${entry}\n${domains.slice(end)}`;
}
