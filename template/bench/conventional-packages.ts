import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, 'conventional');
const STAMP = join(DIRECTORY, 'node_modules/.lock-digest');

/** autocannon's program: it stands among these packages because only the benchmark wants it. */
export const AUTOCANNON = join(DIRECTORY, 'node_modules/autocannon/autocannon.js');

/**
 * Installs the conventional stack where it is not installed yet, or its lock file has changed. It is a package of its
 * own, 115 MiB that nobody who works on the service needs: neither `npm ci` nor an audit of the project nor its
 * licence list should know of it.
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
