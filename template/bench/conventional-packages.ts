import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, 'conventional');
const STAMP = join(DIRECTORY, 'node_modules/.lock-digest');

/** autocannon's entry point. It is installed with the conventional stack because only the benchmark needs it. */
export const AUTOCANNON = join(DIRECTORY, 'node_modules/autocannon/autocannon.js');

/**
 * Installs the conventional stack if it is missing or its lock file has changed. It is a separate package because work on
 * the service does not need its 115 MiB: `npm ci`, audits and the licence list of the project leave it out.
 */
export function installConventionalPackages(say: (text: string) => void): void {
  const digest = createHash('sha256')
    .update(readFileSync(join(DIRECTORY, 'package-lock.json')))
    .digest('hex');
  if (installedDigest() === digest) return;
  say('installing the conventional stack');
  execFileSync('npm', ['ci', '--silent'], { cwd: DIRECTORY, stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(STAMP, digest);
}

function installedDigest(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined;
  }
}
