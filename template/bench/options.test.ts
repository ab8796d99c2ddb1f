import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

test('by default a run has at least two generations, at least seven rounds and all parts', () => {
  const { generations, rounds, parts, rows } = parseOptions([]);
  expect(generations).toBeGreaterThanOrEqual(2);
  expect(generations * rounds).toBeGreaterThanOrEqual(7);
  expect(parts).toEqual(['throughput', 'latency', 'start', 'memory', 'scrape', 'routes', 'tokens', 'list']);
  expect(rows).toBeUndefined();
});

test('a quick run leaves out the long parts, unless they are requested', () => {
  expect(parseOptions(['--quick']).parts).toEqual(['throughput', 'latency', 'start', 'scrape']);
  expect(parseOptions(['--quick', '--parts', 'routes']).parts).toEqual(['routes']);
});

test('Node flags, rows and parts are split', () => {
  const options = parseOptions([
    '--node-flags=--max-semi-space-size=8  --jitless',
    '--rows',
    'raw,bare',
    '--parts=start',
  ]);
  expect(options.nodeFlags).toEqual(['--max-semi-space-size=8', '--jitless']);
  expect(options.rows).toEqual(['raw', 'bare']);
  expect(options.parts).toEqual(['start']);
});

test.each([
  [['--parts', 'latency'], 'latency requires throughput'],
  [['--parts', 'start', '--write'], 'its main table'],
  [['--parts', 'tea'], 'unknown part: tea'],
  [['--rounds', '0'], '--rounds must be a whole number of at least 1: 0'],
  [['--turbo'], '--turbo'],
])('%j is rejected', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(message);
});
