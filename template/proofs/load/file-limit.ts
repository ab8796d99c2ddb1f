import { execFileSync } from 'node:child_process';

/** How many files, and so connections, this process and one that it starts may each have open. Node raises it to the hard limit. */
export function openFileLimit(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
