import { readFileSync } from 'node:fs';

/** Linux reports times in hundredths of a second (USER_HZ) on every platform that Node supports. */
const MICROS_PER_TICK = 10_000;

/** Returns utime + stime of all threads, in clock ticks, from the contents of /proc/<pid>/stat (proc_pid_stat(5)). */
export function parseCpuTicks(stat: string): number {
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) throw new Error(`not the contents of /proc/<pid>/stat: ${stat.slice(0, 80)}`);
  return ticks;
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

/** Returns the CPU time of the process in microseconds, with a resolution of 10 ms. */
export function cpuMicrosOf(pid: number): number {
  return parseCpuTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) * MICROS_PER_TICK;
}
