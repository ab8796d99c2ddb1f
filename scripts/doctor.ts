/** Says what this machine has of all that the project can use, and what works without it. Exits 1 without the needed. */
import { examine } from './doctor/examine.ts';
import { FINDINGS } from './doctor/findings.ts';

const results = await Promise.all(FINDINGS.map(examine));
for (const { name, found, ok, required, without } of results) {
  const mark = ok ? '✓' : required ? '✗' : '–';
  console.log(`${mark} ${name.padEnd(14)} ${found}`);
  if (!ok) console.log(`  ${''.padEnd(14)} ${required ? 'needed' : 'without it'}: ${without}`);
}
process.exitCode = results.some(({ ok, required }) => required && !ok) ? 1 : 0;
