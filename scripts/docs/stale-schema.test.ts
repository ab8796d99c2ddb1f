import { expect, test } from 'vitest';
import { integer } from '../../pkg/config/formats.ts';
import { withoutMissingValues, withoutUnknownVariables } from './stale-schema.ts';

test('a required property that the values no longer have is removed, an optional one stays', () => {
  const schema = {
    required: ['a', 'b'],
    properties: { a: { required: ['x', 'y'], properties: { x: {}, y: {}, z: {} } }, b: {}, c: {} },
  };
  withoutMissingValues(schema, { a: { x: 1 } });
  expect(schema).toEqual({
    required: ['a'],
    properties: { a: { required: ['x'], properties: { x: {}, z: {} } }, c: {} },
  });
});

test('a variable that is of no setting is removed from the pattern', () => {
  const settings = { http: { port: { doc: '', format: integer() } }, log: { level: { doc: '', format: integer() } } };
  const pattern = '^(POD_IP|APP_(CONFIG_FILE|HTTP_(HOST|PORT|TLS_(A|B))|CACHE_(URL|TTL)|LOG_.*|GONE))$';
  expect(withoutUnknownVariables(pattern, settings, 'APP')).toBe(
    '^(POD_IP|APP_(CONFIG_FILE|HTTP_(HOST|PORT|TLS_(A|B))|LOG_.*))$',
  );
});
