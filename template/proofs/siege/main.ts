/**
 * Attacks the production build, in 256 MiB and on the loopback interface only, while honest clients use it:
 *
 *     node template/proofs/siege/main.ts --minutes 60
 *
 * Exits 1 when an honest request or a probe was lost, the process ended, or RSS passed the bound.
 */
import { parseArgs } from 'node:util';
import { attacks } from './attacks/attacks.ts';
import { failuresOf, tableOf } from './report.ts';
import { runSiege } from './siege.ts';
import { buildService } from './target.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    /** Names separated by commas. */
    attacks: { type: 'string', default: Object.keys(attacks).join(',') },
    seed: { type: 'string', default: '1' },
    'case-rate': { type: 'string', default: '20' },
    'max-rss-mib': { type: 'string', default: '256' },
    /** Without authentication the admin listener has only its guard of local addresses. */
    'no-auth': { type: 'boolean', default: false },
  },
});
const names = values.attacks.split(',');
const unknown = names.filter((name) => !Object.hasOwn(attacks, name));
if (unknown.length > 0)
  throw new Error(`no attacks ${unknown.join(', ')}; there are ${Object.keys(attacks).join(', ')}`);

const [minutes, seed, caseRate, maxRssMiB] = [
  values.minutes,
  values.seed,
  values['case-rate'],
  values['max-rss-mib'],
].map(Number);
if (!minutes || !seed || !caseRate || !maxRssMiB) throw new Error('minutes, seed, rate and MiB are positive numbers');

buildService();
const result = await runSiege({
  seconds: minutes * 60,
  attacks: names,
  seed,
  caseRate,
  env: values['no-auth'] ? { SKIFF_AUTH_ENABLED: 'false' } : {},
});
const failures = failuresOf(result, maxRssMiB);
process.stdout.write(`${tableOf(result)}\n\n${JSON.stringify(result)}\n`);
for (const failure of failures) process.stdout.write(`FAILED: ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
