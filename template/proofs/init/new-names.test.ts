import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nounOf } from '../../../scripts/new/noun.ts';
import { plan } from '../../../scripts/new/plan.ts';
import { writeAll } from '../../../scripts/new/write-all.ts';
import { startService } from '../../../test/support/service.ts';
import { createClone } from './clone.ts';
import { IRREGULAR, REGULAR } from './nouns.ts';

const ROOT = join(import.meta.dirname, '../../..');

test.each(Object.entries(REGULAR))('the singular of %s is %s', (plural, singular) => {
  expect(nounOf(plural)).toEqual({ singular, plural });
});

test.each(IRREGULAR)('the singular of %s is asked for', (plural) => {
  expect(() => nounOf(plural)).toThrow('add --singular NOUN');
});

test('a service with a domain for each of two hundred nouns passes the compiler and the linter, and starts', async () => {
  const clone = createClone();
  const nouns = Object.keys(REGULAR).map((plural) => nounOf(plural));
  expect(nouns.length).toBeGreaterThan(200);
  for (const noun of nouns) writeAll(clone.root, plan(clone.root, 'route', noun));
  await clone.succeed('biome', 'check', '--write', '--error-on-warnings', 'internal');
  await clone.succeed('tsc', '--project', '.');

  const service = await startService({ root: clone.root });
  const openApi = JSON.stringify(await (await fetch(`${service.url}/openapi.json`)).json());
  for (const { plural } of nouns) {
    expect(openApi).toContain(`"/v1/${plural}/{id}":`);
    expect((await fetch(`${service.url}/v1/${plural}`)).status).toBe(200);
  }
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test.each([
  ['packages', 'type Package ='],
  ['interfaces', 'type Interface ='],
  ['order-items', 'type OrderItem ='],
  ['maps', 'type MapRecord ='],
  ['dates', 'type DateRecord ='],
  ['problems', 'type ProblemRecord ='],
])('%s: the model has %s', (plural, declaration) => {
  const files = new Map(plan(ROOT, 'route', nounOf(plural)));
  expect(files.get(`internal/${plural}/model.ts`)).toContain(declaration);
  expect(files.get(`internal/${plural}/routes.ts`)).toContain(`'/${plural}/:id'`);
});

test('a schema name that another domain has is not used again', () => {
  const files = new Map(plan(ROOT, 'route', { singular: 'peer', plural: 'neighbors' }));
  expect(files.get('internal/neighbors/model.ts')).toContain("{ $id: 'PeerRecord', title: 'PeerRecord' }");
});

test('an operation name that another domain has is not used again', () => {
  const files = new Map(plan(ROOT, 'route', nounOf('versions')));
  expect(files.get('internal/versions/routes.ts')).toContain("operationId: 'getVersionRecord'");
});

test.each([
  ['routes', 'two files named routes.ts'],
  ['errors', 'two files named errors.ts'],
  ['flags', 'internal/flags already exists'],
])('%s is rejected: %s', (plural, reason) => {
  expect(() => plan(ROOT, 'route', nounOf(plural))).toThrow(reason);
});
