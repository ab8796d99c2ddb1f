/**
 * Runs attacks that need no network, one after another, each on a new service: a full disk or a stalled reader on standard
 * output, and signals while the service starts as PID 1.
 *
 *     node template/proofs/siege/single.ts
 *
 * Prints a row for each attack. Exits with 1 if one of them kept the service from serving or from stopping.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputAttacks } from './output-attacks.ts';
import { signalAttacks } from './signal-attacks.ts';
import { buildService } from './target.ts';

buildService();
const folder = mkdtempSync(join(tmpdir(), 'siege-'));
let failed = false;
for (const attack of [...outputAttacks, ...signalAttacks]) {
  const { outcome, withstood, attack: name } = await attack(folder);
  failed ||= !withstood;
  process.stdout.write(`| ${name} | ${outcome} | ${withstood ? 'withstood' : 'FAILED'} |\n`);
}
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
