import { readdirSync, readFileSync } from 'node:fs';

/** Returns the CPU time of a thread in nanoseconds, from the contents of /proc/<pid>/task/<tid>/schedstat. */
export function parseSchedstat(schedstat: string): number {
  const time = /^(\d+) \d+ \d+$/.exec(schedstat.trim())?.[1];
  if (time === undefined) throw new Error(`not the contents of schedstat: ${schedstat.slice(0, 80)}`);
  return Number(time);
}

/** Returns a field of /proc/<pid>/status that is in kB, such as `VmRSS` or `VmHWM`, in MiB. */
export function parseMemoryMiB(status: string, field: string): number {
  const kB = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kB === undefined) throw new Error(`no ${field} in /proc/<pid>/status`);
  return Number(kB) / 1024;
}

/** Returns the cores that the process may run on, from `Cpus_allowed_list` of /proc/<pid>/status, such as `0-2,5`. */
export function parseAllowedCores(status: string): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1];
  if (list === undefined) return [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

export function residentMiBOf(pid: number): number {
  return parseMemoryMiB(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
}

/** Returns the most memory that the process has had resident so far. */
export function peakMiBOf(pid: number): number {
  return parseMemoryMiB(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
}

/** Returns the CPU time of the threads of the process in microseconds. /proc/<pid>/stat has it in steps of 10 ms. */
export function cpuMicrosOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + parseSchedstat(schedstatOf(pid, thread)), 0) / 1000;
}

/** A thread may end after it was listed. */
function schedstatOf(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
  } catch {
    return '0 0 0';
  }
}
