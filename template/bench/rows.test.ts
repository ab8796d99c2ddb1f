import { expect, test } from 'vitest';
import { requiredSettings, selectRows } from './rows.ts';

const tracing = ['tracing.endpoint', 'tracing.sampleRatio'];
const namesOf = ({ rows }: ReturnType<typeof selectRows>) => rows.map(({ name }) => name);

test('a quick run has only the headline rows', () => {
  const { rows } = selectRows({ quick: true }, new Set(tracing));
  expect(rows.map(({ name }) => name)).toEqual(['raw', 'bare', 'service', 'service-untraced', 'conventional']);
});

test('a headline row that needs an unknown setting is rejected, with the row and the setting', () => {
  expect(() => selectRows({ quick: true }, new Set())).toThrow(
    /^service: the service has no setting tracing\.endpoint, tracing\.sampleRatio$/m,
  );
});

test('the row of a missing feature is left out and listed, unless it was requested by name', () => {
  const known = new Set([...tracing, 'http.handlerTimeout']);
  const selection = selectRows({ quick: false }, known);
  expect(namesOf(selection)).toContain('no-handler-timeout');
  expect(selection.leftOut).toContain('no-rate-limit: the service has no setting rateLimit.max');
  expect(() => selectRows({ rows: ['no-rate-limit'], quick: false }, known)).toThrow('rateLimit.max');
});

test('bare Fastify is always measured, and an unknown row is rejected', () => {
  expect(namesOf(selectRows({ rows: ['raw'], quick: true }, new Set()))).toEqual(['raw', 'bare']);
  expect(() => selectRows({ rows: ['beer'], quick: true })).toThrow('unknown row: beer');
});

test('a traced service exports to the receiver, an untraced one does not export', () => {
  const { rows } = selectRows({ rows: ['service-0.01', 'service-untraced'], quick: false }, new Set(tracing));
  const settings = rows.slice(1).map((row) => requiredSettings(row, 'http://sink'));
  expect(settings).toEqual([{}, { 'tracing.endpoint': 'http://sink', 'tracing.sampleRatio': '0.01' }]);
});
