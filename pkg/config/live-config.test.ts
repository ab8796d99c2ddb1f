import { expect, test } from 'vitest';
import { list, oneOf, port, string } from './formats.ts';
import { defaultLayer, type Layer, parseLayer } from './layer.ts';
import { createLiveConfig } from './live-config.ts';
import type { Rule } from './resolve.ts';
import type { Schema, Source } from './schema.ts';
import type { ConfigOf } from './typed-config.ts';

const schema = {
  port: { doc: '', format: port(), default: 1 },
  level: { doc: '', format: oneOf('low', 'high'), default: 'low', reloadable: true },
  names: { doc: '', format: list(), default: [], reloadable: true },
  key: { doc: '', format: string(), secret: true, reloadable: true },
  limit: { doc: '', format: port(), default: 9, reloadable: true },
} as const satisfies Schema;

const rules: readonly Rule<ConfigOf<typeof schema>>[] = [
  { keys: ['limit', 'port'], expected: 'more than port', holds: ({ limit, port }) => limit > port },
];

type Values = Readonly<Record<string, string>>;

function parsed(source: Source, values: Values) {
  const entries = Object.entries(values).map(([key, text]) => ({ key, origin: `${source} ${key}`, raw: { text } }));
  return parseLayer(schema, { source, entries, problems: [] } satisfies Layer);
}

function start(layers: { mounted?: Values; kv?: Values; env?: Values } = {}, { followed = true } = {}) {
  const lines: [level: string, message: string, fields: object][] = [];
  const line = (level: string) => (fields: object, message: string) => void lines.push([level, message, fields]);
  const live = createLiveConfig({
    schema,
    rules,
    layers: [
      parseLayer(schema, defaultLayer(schema)),
      parsed('mounted', layers.mounted ?? {}),
      parsed('kv', layers.kv ?? {}),
      parsed('env', layers.env ?? {}),
    ],
  });
  const follow = () => live.follow({ info: line('info'), warn: line('warn'), error: line('error') });
  if (followed) follow();
  return { live, lines, follow, offer: (source: Source, values: Values) => live.offer(parsed(source, values)) };
}

test('a change of a reloadable setting makes a new frozen object, is logged, and is told to who asked for it', () => {
  const { live, lines, offer } = start();
  const before = live.current;
  const told: string[] = [];
  live.subscribe(['level', 'limit'], ({ level }) => told.push(level));
  live.subscribe(['names'], () => told.push('never'));
  offer('kv', { level: 'high' });
  expect([before.level, live.current.level]).toEqual(['low', 'high']);
  expect(Object.isFrozen(live.current)).toBe(true);
  expect(told).toEqual(['high']);
  expect(lines).toEqual([
    ['info', 'configuration changed', { key: 'level', before: 'low', after: 'high', origin: 'kv level' }],
  ]);
  expect(live.describe()).toContainEqual({ key: 'level', value: 'high', origin: 'kv level', reloadable: true });
});

test('a setting that is taken away falls back to the layer below; the same layer again changes nothing', () => {
  const { live, lines, offer } = start({ mounted: { level: 'high' }, kv: { level: 'low' } });
  offer('kv', {});
  expect(live.current.level).toBe('high');
  offer('kv', {});
  expect(lines).toHaveLength(1);
});

test('the old and the new value of a secret are masked', () => {
  const { live, lines, offer } = start({ mounted: { key: 'old-secret' } });
  offer('mounted', { key: 'new-secret' });
  expect(live.current.key).toBe('new-secret');
  expect(lines).toMatchObject([['info', 'configuration changed', { before: '***', after: '***' }]]);
  expect(JSON.stringify(lines)).not.toContain('secret"');
});

test('a setting that is not reloadable waits for a restart, once, until it is what it was', () => {
  const { live, lines, offer } = start();
  offer('mounted', { port: '2' });
  offer('mounted', { port: '2', level: 'high' });
  expect([live.current.port, live.current.level]).toEqual([1, 'high']);
  expect(live.describe()).toContainEqual({ key: 'port', value: 1, origin: 'default', reloadable: false });
  offer('mounted', { level: 'high' });
  expect(lines.map(([level, message]) => [level, message])).toEqual([
    ['warn', 'configuration change waits for a restart'],
    ['info', 'configuration changed'],
    ['info', 'configuration change no longer waits for a restart'],
  ]);
});

test('a change that a higher layer shadows is logged as that', () => {
  const { live, lines, offer } = start({ env: { level: 'low', port: '3' } });
  offer('kv', { level: 'high', port: '4' });
  expect(live.current.level).toBe('low');
  const message = 'configuration change is shadowed by a higher layer';
  expect(lines).toMatchObject([
    ['warn', message, { key: 'port', before: null, after: 4, origin: 'kv port', shadowedBy: 'env port' }],
    ['warn', message, { key: 'level', before: null, after: 'high', origin: 'kv level', shadowedBy: 'env level' }],
  ]);
});

test('a layer with one wrong value is refused whole, and the last good one stays', () => {
  const { live, lines, offer } = start({ kv: { level: 'high' } });
  const { succeededAt } = live;
  offer('kv', { level: 'low', limit: 'many' });
  expect([live.current.level, live.successful, live.succeededAt]).toEqual(['high', false, succeededAt]);
  expect(lines).toMatchObject([['error', 'configuration change refused', { problems: [{ key: 'limit' }] }]]);
  offer('kv', { level: 'low', limit: '8' });
  expect([live.current.level, live.current.limit, live.successful]).toEqual(['low', 8, true]);
});

test('of a layer whose keys are written one by one, a wrong key keeps its last good value and holds up no other', () => {
  const { live, lines } = start({ kv: { level: 'high', limit: '7' } });
  const { succeededAt } = live;
  const offer = (values: Values) => live.offer({ ...parsed('kv', values), separable: true });
  offer({ level: 'low', limit: 'many', nonsense: '1' });
  expect([live.current.level, live.current.limit]).toEqual(['low', 7]);
  expect([live.successful, live.succeededAt]).toEqual([false, succeededAt]);
  offer({ level: 'high', limit: 'many', nonsense: '1' });
  expect([live.current.level, live.current.limit]).toEqual(['high', 7]);
  const refusals = () => lines.filter(([level]) => level === 'error');
  const problems = [{ key: 'limit' }, { key: 'nonsense' }];
  expect(refusals()).toMatchObject([['error', 'configuration keys rejected, the others are in use', { problems }]]);

  offer({ level: 'high' });
  expect([live.current.limit, live.successful, refusals().length]).toEqual([9, true, 1]);
});

test('such a layer is refused whole when its keys do not fit together, and tried again with its wrong key left out', () => {
  const { live, lines, offer } = start({ mounted: { port: '5', limit: '9' } });
  live.offer({ ...parsed('kv', { limit: '4', level: 'high', names: 'a', nonsense: '1' }), separable: true });
  expect([live.current.limit, live.current.level, live.successful]).toEqual([9, 'low', false]);
  expect(lines).toMatchObject([['error', 'configuration change refused', { problems: [{ key: 'limit' }] }]]);
  live.offer({ ...parsed('kv', { limit: 'x', level: 'high' }), separable: true });
  offer('mounted', { port: '5', limit: '8' });
  expect([live.current.limit, live.current.level, live.successful]).toEqual([8, 'high', false]);
});

test('what is valid only with a setting that waits for a restart is refused as well', () => {
  const { live, offer } = start({ mounted: { port: '5', limit: '6' } });
  offer('mounted', { port: '2', limit: '3' });
  expect([live.current.limit, live.successful]).toEqual([6, false]);
});

test('a refused layer does not hold up another source, and is tried again when that one changes', () => {
  const { live, offer } = start({ kv: { limit: '9' } });
  offer('kv', { limit: 'many' });
  offer('mounted', { level: 'high' });
  expect([live.current.level, live.successful]).toEqual(['high', false]);
  offer('kv', {});
  expect([live.current.limit, live.successful]).toEqual([9, true]);

  const other = start({ env: {}, mounted: { port: '5', limit: '9' }, kv: { limit: '7' } });
  // Without a limit of its own the store would leave that of the file, which does not fit the port.
  other.offer('mounted', { port: '5', limit: '4' });
  expect(other.live.successful).toBe(true);
  other.offer('kv', {});
  expect([other.live.current.limit, other.live.successful]).toEqual([7, false]);
  other.offer('mounted', { port: '5', limit: '8' });
  expect([other.live.current.limit, other.live.successful]).toEqual([8, true]);
});

test('a listener that throws is logged and keeps no other from being told', () => {
  const { live, lines, offer } = start();
  const told: string[] = [];
  live.subscribe(['level'], () => {
    throw new Error('no');
  });
  live.subscribe(['level'], ({ level }) => told.push(level));
  offer('kv', { level: 'high' });
  expect(told).toEqual(['high']);
  expect(lines.at(-1)).toMatchObject(['error', 'a part failed to take a configuration change over', {}]);
});

test('nobody can subscribe to what never changes', () => {
  expect(() => start().live.subscribe(['level', 'port', 'nonsense'], () => {})).toThrow('port, nonsense');
});

test('until it is followed, an offered layer sets anything, and nothing is logged', () => {
  const { live, lines, offer, follow } = start({}, { followed: false });
  const before = live.succeededAt;
  offer('kv', { port: '2', level: 'high' });
  expect(live.current).toMatchObject({ port: 2, level: 'high' });
  expect(live.succeededAt).toBeGreaterThanOrEqual(before);
  follow();
  expect(lines).toEqual([]);
  offer('kv', { port: '3', level: 'high' });
  expect(live.current.port).toBe(2);
  expect(lines).toEqual([['warn', 'configuration change waits for a restart', expect.anything()]]);
});

test('a layer that is rejected before it is followed is left out, and logged then', () => {
  const { live, lines, offer, follow } = start({}, { followed: false });
  offer('kv', { limit: '1' });
  expect([live.current.limit, live.successful, lines]).toEqual([9, false, []]);
  follow();
  expect(lines).toEqual([
    ['error', 'configuration change refused', { source: 'kv', problems: [expect.objectContaining({ key: 'limit' })] }],
  ]);
  offer('kv', {});
  expect(live.successful).toBe(true);
});

test('a required layer that is wrong throws, and changes nothing', () => {
  const { live } = start({}, { followed: false });
  const wrong = { ...parsed('kv', { level: 'high', limit: 'x' }), separable: true };
  expect(() => live.offer(wrong, { required: true })).toThrow('limit');
  expect([live.current.level, live.successful]).toEqual(['low', true]);
});
