/**
 * Attacks the production build, limited to 256 MiB and on the loopback interface only, while honest clients use it:
 *
 *     node template/proofs/siege/main.ts --minutes 60
 *
 * Exits with 1 if an honest request or a probe was lost, the process ended, or its RSS exceeded the limit.
 */
import { parseArgs } from 'node:util';
import { attacks } from './attacks/attacks.ts';
import { failuresOf, tableOf } from './report.ts';
import { runSiege } from './siege.ts';
import { buildService } from './target.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    /** Comma-separated names. */
    attacks: { type: 'string', default: Object.keys(attacks).join(',') },
    seed: { type: 'string', default: '1' },
    'case-rate': { type: 'string', default: '20' },
    'max-rss-mib': { type: 'string', default: '256' },
    /** Disables authentication, so that only the local-address guard protects the admin listener. */
    'no-auth': { type: 'boolean', default: false },
  },
});
const names = values.attacks.split(',');
const unknown = names.filter((name) => !Object.hasOwn(attacks, name));
if (unknown.length > 0)
  throw new Error(`unknown attacks: ${unknown.join(', ')}; available: ${Object.keys(attacks).join(', ')}`);

const [minutes, seed, caseRate, maxRssMiB] = [
  values.minutes,
  values.seed,
  values['case-rate'],
  values['max-rss-mib'],
].map(Number);
if (!minutes || !seed || !caseRate || !maxRssMiB)
  throw new Error('--minutes, --seed, --case-rate and --max-rss-mib must be positive numbers');

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
