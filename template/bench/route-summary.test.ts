import { expect, test } from 'vitest';
import type { RouteSample } from './measure/routes.ts';
import { summarizeRoutes, summarizeTokens } from './route-summary.ts';

function turn(row: string, reference: string, round: number, cpuUs: number): RouteSample {
  return { row, title: row, reference, route: 'PUT a flag', round, cpuUs, rps: 1e6 / cpuUs };
}

test('each row is compared with its own reference, in turns of the same round and route', () => {
  const samples = [
    turn('bare', 'bare', 1, 10),
    turn('tls', 'tls', 1, 20),
    turn('service-tls', 'tls', 1, 40),
    turn('bare', 'bare', 2, 30),
    turn('tls', 'tls', 2, 60),
    turn('service-tls', 'tls', 2, 120),
    { ...turn('tls', 'tls', 1, 1), route: 'GET a flag' } as const,
  ];
  const summary = summarizeRoutes(samples).find(({ row }) => row === 'service-tls');
  expect(summary).toMatchObject({ route: 'PUT a flag', turns: 2, cpuQuietUs: 56, capacity: 0.5 });
  expect(summary?.capacityPaired).toEqual({ min: 0.5, median: 0.5, max: 0.5 });
});

test('many tokens are compared with one in the same round', () => {
  const samples = [
    { round: 1, oneUs: 10, manyUs: 12 },
    { round: 2, oneUs: 50, manyUs: 60 },
  ];
  expect(summarizeTokens(samples).ratio).toEqual({ min: 1.2, median: 1.2, max: 1.2 });
});
