import { expect, test } from 'vitest';
import { selectRows } from './row-selection.ts';

const tracing = ['tracing.endpoint', 'tracing.sampleRatio'];
const namesOf = ({ rows }: ReturnType<typeof selectRows>) => rows.map(({ name }) => name);

test('a quick run has only the headline rows', () => {
  const { rows } = selectRows({ quick: true }, { settings: new Set(tracing) });
  expect(rows.map(({ name }) => name)).toEqual(['raw', 'bare', 'service', 'service-untraced', 'conventional']);
});

test('a headline row that needs an unknown setting is rejected, with the row and the setting', () => {
  expect(() => selectRows({ quick: true }, { settings: new Set() })).toThrow(
    /^service: the service has no setting tracing\.endpoint, tracing\.sampleRatio$/m,
  );
});

test('the row of a missing feature is left out and listed, unless it was requested by name', () => {
  const known = { settings: new Set([...tracing, 'http.gatherWrites', 'http.handlerTimeout']) };
  const selection = selectRows({ quick: false }, known);
  expect(namesOf(selection)).toContain('no-handler-timeout');
  expect(selection.leftOut).toContain('no-rate-limit: the service has no setting rateLimit.max');
  expect(() => selectRows({ rows: ['no-rate-limit'], quick: false }, known)).toThrow('rateLimit.max');
});

test('bare Fastify is always measured, and an unknown row is rejected', () => {
  expect(namesOf(selectRows({ rows: ['raw'], quick: true }, { settings: new Set() }))).toEqual(['raw', 'bare']);
  expect(() => selectRows({ rows: ['beer'], quick: true })).toThrow('unknown row: beer');
});

test('podinfo is left out without Go, unless it was requested by name', () => {
  const known = { settings: new Set([...tracing, 'http.gatherWrites']), go: false };
  const selection = selectRows({ quick: false }, known);
  expect(namesOf(selection)).not.toContain('podinfo');
  expect(selection.leftOut).toContain('podinfo: Go is not installed');
  expect(() => selectRows({ rows: ['podinfo'], quick: false }, known)).toThrow('podinfo: Go is not installed');
  expect(namesOf(selectRows({ rows: ['podinfo'], quick: false }, { go: true }))).toEqual(['bare', 'podinfo']);
});
