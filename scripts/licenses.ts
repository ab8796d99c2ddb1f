/** Lists the licences of all dependencies, from the lock file; exits 1 when one is not on the list of its kind. */
import lock from '../package-lock.json' with { type: 'json' };
import { checkLicenses } from './license-policy.ts';

const { counts, violations } = checkLicenses(lock.packages);
for (const [license, count] of [...counts].sort(([, a], [, b]) => b - a)) {
  process.stdout.write(`${String(count).padStart(4)}  ${license}\n`);
}
for (const violation of violations) process.stderr.write(`not allowed: ${violation}\n`);
process.exitCode = violations.length > 0 ? 1 : 0;
