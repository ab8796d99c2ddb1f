import { beforeAll, expect, test } from 'vitest';
import { amount } from '../../support/amount.ts';
import { LONG } from '../../support/long.ts';
import { attacks } from './attacks/attacks.ts';
import { bodyAttacks } from './attacks/bodies.ts';
import { rawCases } from './attacks/raw-cases.ts';
import { failuresOf, tableOf } from './report.ts';
import { runSiege } from './siege.ts';
import { buildService } from './target.ts';

const SECONDS = amount('SIEGE_SECONDS', { short: 30, long: 120 });
/** Attacks that transfer gigabytes or hold hundreds of slots. They run only with `LONG=1`. */
const HEAVY = [...Object.keys(bodyAttacks), 'slow-readers', 'long-strings'];
const NAMES = Object.keys(attacks).filter((name) => LONG || !HEAVY.includes(name));
const MAX_RESIDENT_MIB = 256;

beforeAll(buildService, 60_000);

test('the same seed yields the same 10,000 raw cases, valid and invalid ones', () => {
  const cases = rawCases(7, 10_000);
  expect(rawCases(7, 10_000)).toEqual(cases);
  expect(cases.filter(({ invalid }) => invalid !== undefined).length).toBeGreaterThan(3000);
  expect(cases.filter(({ invalid }) => invalid === undefined).length).toBeGreaterThan(1000);
});

test(
  `no request of an honest client is lost during ${NAMES.length} simultaneous attacks for ${SECONDS} s`,
  async () => {
    const result = await runSiege({ seconds: SECONDS, attacks: NAMES, seed: 7, caseRate: 20 });
    process.stdout.write(`${tableOf(result)}\n`);
    expect(failuresOf(result, MAX_RESIDENT_MIB)).toEqual([]);
    for (const name of ['malformed-requests', 'schema-cases', 'resets']) {
      expect(Object.keys(result.attackers[name] ?? {}), name).not.toEqual([]);
    }
  },
  (SECONDS + 60) * 1000,
);
