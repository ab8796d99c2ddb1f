import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { isMultipleOf } from './multiple-of.ts';
import { createSchemaController } from './validation.ts';

test('every amount of whole cents is a multiple of 0.01, and no amount in between is', () => {
  for (let cents = -100_000; cents <= 100_000; cents += 1) {
    if (!isMultipleOf(cents / 100, 0.01)) throw new Error(`${cents / 100} was rejected`);
    if (isMultipleOf((cents * 10 + 1) / 1000, 0.01)) throw new Error(`${(cents * 10 + 1) / 1000} was accepted`);
  }
});

test.each([
  [19.99, 0.01, true],
  [19.991, 0.01, false],
  [0.07, 0.01, true],
  [1.1, 0.01, true],
  [4.35, 0.01, true],
  [1_000_000.01, 0.01, true],
  [19.999, 0.01, false],
  [19.990000001, 0.01, false],
  [12_345_678_901.23, 0.01, true],
  [12_345_678_901.235, 0.01, false],
  [0.3, 0.1, true],
  [1e-7, 0.01, false],
  [0, 0.01, true],
  [4.5, 1.5, true],
  [9_007_199_254_740_991, 2, false],
  [9_007_199_254_740_990, 2, true],
  [1.5, 1, false],
  [1e308, 0.1, false],
])('%d a multiple of %d: %s', (value, divisor, expected) => {
  expect(isMultipleOf(value, divisor)).toBe(expected);
});

test('a route with multipleOf 0.01 accepts 19.99 and rejects 19.999, naming the field', async () => {
  const app = Fastify({ schemaController: createSchemaController() });
  const schema = { body: { type: 'object', properties: { price: { type: 'number', multipleOf: 0.01 } } } };
  app.post('/prices', { schema }, async () => ({}));
  app.setErrorHandler(({ validation }: { validation?: unknown }) => ({ validation }));
  const post = async (price: unknown) =>
    (await app.inject({ method: 'POST', url: '/prices', payload: { price } })).json();
  expect(await post(19.99)).toEqual({});
  expect(await post(19.999)).toMatchObject({
    validation: [{ instancePath: '/price', message: 'must be multiple of 0.01' }],
  });
  await app.close();
});
