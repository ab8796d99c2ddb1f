import { expect, test } from 'vitest';
import { allEnvNames } from '../../pkg/config/env-names.ts';
import { settingsOf } from '../../pkg/config/schema.ts';
import { ENV_PREFIX } from './layers.ts';
import { schema } from './schema.ts';

test('no two settings share a variable, including the _FILE variables of secrets and the locators', () => {
  const names = allEnvNames(schema, ENV_PREFIX);
  expect(names.length).toBeGreaterThan(settingsOf(schema).size);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('no variable collides with those that Kubernetes sets for a Service of the same name', () => {
  const serviceLinks = new RegExp(`^${ENV_PREFIX}_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$`);
  expect(allEnvNames(schema, ENV_PREFIX).filter((name) => serviceLinks.test(name))).toEqual([]);
});

test('every setting is documented in full sentences', () => {
  for (const [key, { doc }] of settingsOf(schema)) expect(doc, key).toMatch(/^[A-Z`].+\.$/s);
});
