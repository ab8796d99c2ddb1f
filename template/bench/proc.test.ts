import { expect, test } from 'vitest';
import { cpuMicrosOf, parseAllowedCores, parseMemoryMiB, parseSchedstat } from './proc.ts';

const STATUS = 'Name:\tnode\nVmHWM:\t  131072 kB\nVmRSS:\t  102400 kB\nCpus_allowed_list:\t0-2,5\n';

test('the CPU time is the first number of schedstat', () => {
  expect(parseSchedstat('1234567 89 10\n')).toBe(1234567);
  expect(() => parseSchedstat('nothing')).toThrow('not the contents of');
});

test('the CPU time of this process grows with what it does', () => {
  const before = cpuMicrosOf(process.pid);
  const start = performance.now();
  while (performance.now() - start < 30);
  const used = cpuMicrosOf(process.pid) - before;
  expect(used).toBeGreaterThan(3_000);
});

test('memory is converted to MiB', () => {
  expect(parseMemoryMiB(STATUS, 'VmRSS')).toBe(100);
  expect(() => parseMemoryMiB(STATUS, 'VmSwap')).toThrow('no VmSwap');
});

test('the allowed cores are parsed from ranges and single numbers', () => {
  expect(parseAllowedCores(STATUS)).toEqual([0, 1, 2, 5]);
  expect(parseAllowedCores('Name:\tnode\n')).toEqual([]);
});
