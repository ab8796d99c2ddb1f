import { expect, test } from 'vitest';
import { parseAllowedCores, parseCpuTicks, parseMemoryMiB } from './proc.ts';

const STAT =
  '4242 (node (a) b) S 1 4242 4242 0 -1 4194304 9999 0 0 0 321 45 7 8 20 0 11 0 123456 1100000000 20000 18446744073709551615';
const STATUS = 'Name:\tnode\nVmHWM:\t  131072 kB\nVmRSS:\t  102400 kB\nCpus_allowed_list:\t0-2,5\n';

test('the CPU time is the user and system time of the process without its children', () => {
  expect(parseCpuTicks(STAT)).toBe(366);
});

test('a text that is not /proc/<pid>/stat is rejected', () => {
  expect(() => parseCpuTicks('nothing')).toThrow('not the contents of');
});

test('memory is converted to MiB', () => {
  expect(parseMemoryMiB(STATUS, 'VmRSS')).toBe(100);
  expect(() => parseMemoryMiB(STATUS, 'VmSwap')).toThrow('no VmSwap');
});

test('the allowed cores are parsed from ranges and single numbers', () => {
  expect(parseAllowedCores(STATUS)).toEqual([0, 1, 2, 5]);
  expect(parseAllowedCores('Name:\tnode\n')).toEqual([]);
});
