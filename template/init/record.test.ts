import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Options } from './options.ts';
import { plan } from './plan.ts';
import { RECORD, withRecord } from './record.ts';
import { readTree } from './tree.ts';

const OPTIONS: Required<Options> = {
  name: 'my-orders',
  owner: 'Team Checkout',
  registry: 'registry.test/checkout',
  domain: 'acme.test',
  without: ['example', 'consul'],
  ci: 'github',
};
const template = { commit: '0123abc', tree: readTree(join(import.meta.dirname, '../..')) };

test('the record of a service is enough to plan it again', () => {
  const service = withRecord(plan(template.tree, OPTIONS).tree, OPTIONS, template);
  const { template: origin, ...options } = JSON.parse(service.get(RECORD)?.text ?? '');
  expect(origin).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), commit: template.commit });
  expect(withRecord(plan(template.tree, options).tree, options, template)).toEqual(service);
});
