import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { schema } from '../../internal/config/schema.ts';
import { integer } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import { settingsOf } from '../../pkg/config/schema.ts';
import { type JsonSchema, settingsSchema } from './chart-schema.ts';

const DEFINITIONS = { duration: { type: 'string', pattern: '^[0-9]+(ms|s|m|h)$' } };

function validatorOf(settings: JsonSchema): (value: unknown) => boolean {
  return new Ajv({ strict: false }).compile({ ...settings, definitions: DEFINITIONS });
}

/** Returns `{ http: { port: 1 } }` for `http.port` and 1. */
function nested(key: string, value: unknown): unknown {
  return key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

test('the defaults of the service are accepted, secrets are not', () => {
  const accepts = validatorOf(settingsSchema(schema));
  for (const [key, { secret, default: value }] of settingsOf(schema)) {
    if (secret === true) expect(accepts(nested(key, 'hush')), key).toBe(false);
    else if (value !== undefined) expect(accepts(nested(key, value)), key).toBe(true);
  }
});

test('names, types and units are checked', () => {
  const accepts = validatorOf(
    settingsSchema({
      http: { port: { doc: '', format: integer() }, timeout: { doc: '', format: duration() } },
    }),
  );
  expect(accepts({ http: { port: 80, timeout: '10s' } })).toBe(true);
  expect(accepts({ http: { prot: 80 } })).toBe(false);
  expect(accepts({ http: { port: '80' } })).toBe(false);
  expect(accepts({ http: { timeout: 10 } })).toBe(false);
});

test('settings that a mounted file may not set are rejected', () => {
  const accepts = validatorOf(settingsSchema({ name: { doc: '', format: integer(), notFrom: ['mounted'] } }));
  expect(accepts({ name: 1 })).toBe(false);
});

test('an unknown format is an error instead of a schema that accepts everything', () => {
  const format = { ...integer(), type: 'moon phase' };
  expect(() => settingsSchema({ phase: { doc: '', format } })).toThrow('moon phase');
});
