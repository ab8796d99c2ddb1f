import { expect, test } from 'vitest';
import { environmentFor, unknownSettings } from './settings.ts';

const known = new Set(['log.level', 'http.trustProxy']);

test('required settings become variables even if the service does not know them, so that it rejects them', () => {
  const settings = { required: { 'http.trustProxy': '10.0.0.0/8', 'log.access': 'none' } };
  expect(environmentFor(settings, known)).toEqual({ SKIFF_HTTP_TRUST_PROXY: '10.0.0.0/8', SKIFF_LOG_ACCESS: 'none' });
  expect(unknownSettings(settings.required, known)).toEqual(['log.access']);
});

test('optional settings are passed only if the service knows them, and required ones override them', () => {
  const settings = { required: { 'log.level': 'warn' }, whenKnown: { 'log.level': 'info', 'auth.enabled': 'false' } };
  expect(environmentFor(settings, known)).toEqual({ SKIFF_LOG_LEVEL: 'warn' });
});
