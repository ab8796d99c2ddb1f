import { execFileSync } from 'node:child_process';

/** Returns the maximum number of open files, and so of connections, per process. Node raises the soft limit to the hard limit. */
export function openFileLimit(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
