import { expect, test } from 'vitest';
import { environmentFor, unknownSettings } from './settings.ts';

const known = new Set(['log.level', 'http.trustProxy']);

test('required settings become variables, known or not, for the service to judge', () => {
  const settings = { required: { 'http.trustProxy': '10.0.0.0/8', 'log.access': 'none' } };
  expect(environmentFor(settings, known)).toEqual({ SKIFF_HTTP_TRUST_PROXY: '10.0.0.0/8', SKIFF_LOG_ACCESS: 'none' });
  expect(unknownSettings(settings.required, known)).toEqual(['log.access']);
});

test('other settings are given only where the service knows them, and give way to required ones', () => {
  const settings = { required: { 'log.level': 'warn' }, whenKnown: { 'log.level': 'info', 'auth.enabled': 'false' } };
  expect(environmentFor(settings, known)).toEqual({ SKIFF_LOG_LEVEL: 'warn' });
});
