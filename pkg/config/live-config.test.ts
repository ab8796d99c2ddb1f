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

test('a change of a reloadable setting creates a new frozen object, is logged and notifies its subscribers', () => {
  const { live, lines, offer } = start();
  const before = live.current;
  const notified: string[] = [];
  live.subscribe(['level', 'limit'], ({ level }) => notified.push(level));
  live.subscribe(['names'], () => notified.push('never'));
  offer('kv', { level: 'high' });
  expect([before.level, live.current.level]).toEqual(['low', 'high']);
  expect(Object.isFrozen(live.current)).toBe(true);
  expect(notified).toEqual(['high']);
  expect(lines).toEqual([
    ['info', 'configuration changed', { key: 'level', before: 'low', after: 'high', origin: 'kv level' }],
  ]);
  expect(live.describe()).toContainEqual({ key: 'level', value: 'high', origin: 'kv level', reloadable: true });
});

test('a removed setting falls back to the layer below; offering the same layer again changes nothing', () => {
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

test('a change that requires a restart is logged once, and again when it is reverted', () => {
  const { live, lines, offer } = start();
  offer('mounted', { port: '2' });
  offer('mounted', { port: '2', level: 'high' });
  expect([live.current.port, live.current.level]).toEqual([1, 'high']);
  expect(live.describe()).toContainEqual({ key: 'port', value: 1, origin: 'default', reloadable: false });
  offer('mounted', { level: 'high' });
  expect(lines.map(([level, message]) => [level, message])).toEqual([
    ['warn', 'configuration change requires a restart'],
    ['info', 'configuration changed'],
    ['info', 'configuration change no longer requires a restart'],
  ]);
});

test('a change that a higher layer shadows is logged as shadowed', () => {
  const { live, lines, offer } = start({ env: { level: 'low', port: '3' } });
  offer('kv', { level: 'high', port: '4' });
  expect(live.current.level).toBe('low');
  const message = 'configuration change is shadowed by a higher layer';
  expect(lines).toMatchObject([
    ['warn', message, { key: 'port', before: null, after: 4, origin: 'kv port', shadowedBy: 'env port' }],
    ['warn', message, { key: 'level', before: null, after: 'high', origin: 'kv level', shadowedBy: 'env level' }],
  ]);
});

test('a layer with one invalid value is rejected as a whole, and the last valid one stays in use', () => {
  const { live, lines, offer } = start({ kv: { level: 'high' } });
  const { succeededAt } = live;
  offer('kv', { level: 'low', limit: 'many' });
  expect([live.current.level, live.successful, live.succeededAt]).toEqual(['high', false, succeededAt]);
  expect(lines).toMatchObject([['error', 'configuration change rejected', { problems: [{ key: 'limit' }] }]]);
  offer('kv', { level: 'low', limit: '8' });
  expect([live.current.level, live.current.limit, live.successful]).toEqual(['low', 8, true]);
});

test('an invalid key of a separable layer keeps its last valid value and does not block the others', () => {
  const { live, lines } = start({ kv: { level: 'high', limit: '7' } });
  const { succeededAt } = live;
  const offer = (values: Values) => live.offer({ ...parsed('kv', values), separable: true });
  offer({ level: 'low', limit: 'many', nonsense: '1' });
  expect([live.current.level, live.current.limit]).toEqual(['low', 7]);
  expect([live.successful, live.succeededAt]).toEqual([false, succeededAt]);
  offer({ level: 'high', limit: 'many', nonsense: '1' });
  expect([live.current.level, live.current.limit]).toEqual(['high', 7]);
  const rejections = () => lines.filter(([level]) => level === 'error');
  const problems = [{ key: 'limit' }, { key: 'nonsense' }];
  expect(rejections()).toMatchObject([['error', 'configuration keys rejected, the others are in use', { problems }]]);

  offer({ level: 'high' });
  expect([live.current.limit, live.successful, rejections().length]).toEqual([9, true, 1]);
});

test('a separable layer whose keys violate a rule is rejected as a whole, and retried without its invalid key', () => {
  const { live, lines, offer } = start({ mounted: { port: '5', limit: '9' } });
  live.offer({ ...parsed('kv', { limit: '4', level: 'high', names: 'a', nonsense: '1' }), separable: true });
  expect([live.current.limit, live.current.level, live.successful]).toEqual([9, 'low', false]);
  expect(lines).toMatchObject([['error', 'configuration change rejected', { problems: [{ key: 'limit' }] }]]);
  live.offer({ ...parsed('kv', { limit: 'x', level: 'high' }), separable: true });
  offer('mounted', { port: '5', limit: '8' });
  expect([live.current.limit, live.current.level, live.successful]).toEqual([8, 'high', false]);
});

test('a change that is valid only together with one that requires a restart is rejected too', () => {
  const { live, offer } = start({ mounted: { port: '5', limit: '6' } });
  offer('mounted', { port: '2', limit: '3' });
  expect([live.current.limit, live.successful]).toEqual([6, false]);
});

test('a rejected layer does not block other sources, and is retried when one of them changes', () => {
  const { live, offer } = start({ kv: { limit: '9' } });
  offer('kv', { limit: 'many' });
  offer('mounted', { level: 'high' });
  expect([live.current.level, live.successful]).toEqual(['high', false]);
  offer('kv', {});
  expect([live.current.limit, live.successful]).toEqual([9, true]);

  const other = start({ env: {}, mounted: { port: '5', limit: '9' }, kv: { limit: '7' } });
  // Without a limit in the KV store, the one from the file applies, which is too low for the port.
  other.offer('mounted', { port: '5', limit: '4' });
  expect(other.live.successful).toBe(true);
  other.offer('kv', {});
  expect([other.live.current.limit, other.live.successful]).toEqual([7, false]);
  other.offer('mounted', { port: '5', limit: '8' });
  expect([other.live.current.limit, other.live.successful]).toEqual([8, true]);
});

test('a listener that throws is logged, and the others are still notified', () => {
  const { live, lines, offer } = start();
  const notified: string[] = [];
  live.subscribe(['level'], () => {
    throw new Error('no');
  });
  live.subscribe(['level'], ({ level }) => notified.push(level));
  offer('kv', { level: 'high' });
  expect(notified).toEqual(['high']);
  expect(lines.at(-1)).toMatchObject(['error', 'a component failed to apply a configuration change', {}]);
});

test('subscribing to a setting that is not reloadable throws', () => {
  expect(() => start().live.subscribe(['level', 'port', 'nonsense'], () => {})).toThrow('port, nonsense');
});

test('before `follow`, an offered layer can set any setting and nothing is logged', () => {
  const { live, lines, offer, follow } = start({}, { followed: false });
  const before = live.succeededAt;
  offer('kv', { port: '2', level: 'high' });
  expect(live.current).toMatchObject({ port: 2, level: 'high' });
  expect(live.succeededAt).toBeGreaterThanOrEqual(before);
  follow();
  expect(lines).toEqual([]);
  offer('kv', { port: '3', level: 'high' });
  expect(live.current.port).toBe(2);
  expect(lines).toEqual([['warn', 'configuration change requires a restart', expect.anything()]]);
});

test('a layer that is rejected before `follow` is not applied, and is logged by `follow`', () => {
  const { live, lines, offer, follow } = start({}, { followed: false });
  offer('kv', { limit: '1' });
  expect([live.current.limit, live.successful, lines]).toEqual([9, false, []]);
  follow();
  expect(lines).toEqual([
    ['error', 'configuration change rejected', { source: 'kv', problems: [expect.objectContaining({ key: 'limit' })] }],
  ]);
  offer('kv', {});
  expect(live.successful).toBe(true);
});

test('an invalid required layer throws and changes nothing', () => {
  const { live } = start({}, { followed: false });
  const wrong = { ...parsed('kv', { level: 'high', limit: 'x' }), separable: true };
  expect(() => live.offer(wrong, { required: true })).toThrow('limit');
  expect([live.current.level, live.successful]).toEqual(['low', true]);
});
