import { expect, test } from 'vitest';
import { createCircuits } from './circuits.ts';

const INSTANCE = 'http://10.0.0.1:80';
const failing = async () => ({ status: 503 });
const fine = async () => ({ status: 200 });

/** A circuit that has just opened and allows the next call as a trial. */
async function halfOpening() {
  const circuits = createCircuits({ failures: 1, openMs: 0 });
  await circuits.through(INSTANCE, failing);
  return circuits;
}

test('during the trial call, other calls return immediately instead of waiting for it', async () => {
  const circuits = await halfOpening();
  const trial = Promise.withResolvers<{ status: number }>();
  const trying = circuits.through(INSTANCE, () => trial.promise);
  expect(await circuits.through(INSTANCE, fine)).toBeUndefined();
  trial.resolve({ status: 200 });
  expect(await trying).toEqual({ status: 200 });
  expect(await circuits.through(INSTANCE, fine)).toEqual({ status: 200 });
});

test('a caller that gives up during the trial call leaves the circuit open', async () => {
  const circuits = await halfOpening();
  const left = new Error('the caller has left');
  await expect(circuits.through(INSTANCE, () => Promise.reject(left))).rejects.toBe(left);
  // A closed circuit would allow both calls at the same time.
  const trial = Promise.withResolvers<{ status: number }>();
  const trying = circuits.through(INSTANCE, () => trial.promise);
  expect(await circuits.through(INSTANCE, fine)).toBeUndefined();
  trial.resolve({ status: 200 });
  await trying;
});
