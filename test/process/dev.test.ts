import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { type Service, startService } from './service.ts';

const ROOT = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'dev-'));
afterAll(() => rmSync(copy, { recursive: true }));

const VERSION_ROUTE = join(copy, 'internal/app/version.ts');

test('npm run dev takes a change over, outlives a broken one, and leaves no process behind', {
  timeout: 60_000,
}, async () => {
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'scripts/dev', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const original = readFileSync(VERSION_ROUTE, 'utf8');

  const service = await startService({ root: copy, program: 'scripts/dev/main.ts' });
  await starts(service, 1);
  const first = await nameOf(service);

  writeFileSync(
    VERSION_ROUTE,
    original.replace('async () => version', "async () => ({ ...version, name: 'changed' })"),
  );
  await starts(service, 2);
  expect([first, await nameOf(service)]).toEqual([JSON.parse(readFileSync('package.json', 'utf8')).name, 'changed']);

  let errors = '';
  service.child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  writeFileSync(VERSION_ROUTE, 'this is no program');
  await vi.waitFor(() => expect(errors).toContain('dev: the service ended with 1'), 15_000);
  writeFileSync(VERSION_ROUTE, original);
  await starts(service, 3);
  expect(await nameOf(service)).toBe(first);

  service.kill('SIGINT');
  // Its output closes when the last process that holds it has ended.
  expect(await service.exit).toMatchObject({ code: 0 });
});

function starts(service: Service, count: number): Promise<void> {
  return vi.waitFor(() => expect(service.lines.filter(({ msg }) => msg === 'started')).toHaveLength(count), 15_000);
}

async function nameOf(service: Service): Promise<unknown> {
  const listening = service.lines.findLast(({ msg }) => String(msg).startsWith('http listening at http://127'));
  const response = await fetch(`${String(listening?.msg).replace('http listening at ', '')}/version`);
  return ((await response.json()) as { name: unknown }).name;
}
