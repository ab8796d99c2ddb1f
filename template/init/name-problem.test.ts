import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dependenciesIn, problemWithName } from './name-problem.ts';

const PACKAGE = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
const surroundings = { current: 'skiff', packages: dependenciesIn(PACKAGE) };

test.each([
  ...['orders', 'my-orders', 'a', 'orders2', 'o'.repeat(40)],
  ...[
    'user',
    'users',
    'user-service',
    'home-delivery',
    'path-finder',
    'log-viewer',
    'test-results',
    'nullable',
    'auth',
  ],
])('%s is a valid name', (name) => {
  expect(problemWithName(name, surroundings)).toBeUndefined();
});

test.each([
  ['', 'begin'],
  ['Orders', 'begin with a lowercase letter; did you mean orders?'],
  ['2orders', 'begin'],
  ['-orders', 'begin'],
  ['MyOrders', 'did you mean my-orders?'],
  ['my_orders', 'digits and hyphens are allowed; did you mean my-orders?'],
  ['My Orders', 'did you mean my-orders?'],
  ['my.orders', 'lowercase'],
  ['my/orders', 'lowercase'],
  ['órdenes', 'begin'],
  ['orders\n', 'lowercase'],
  ['orders-', 'hyphen'],
  ['my--orders', 'hyphen'],
  ['o'.repeat(41), '40 characters'],
  ['o'.repeat(64), '40 characters'],
  ['skiff', 'init replaces'],
  ['skiffs', 'init replaces'],
  ...['null', 'true', 'no', 'off', 'y'].map((name) => [name, 'YAML']),
  ...['class', 'new', 'undefined', 'package'].map((name) => [name, 'JavaScript']),
  ...['default', 'localhost', 'metrics'].map((name) => [name, 'another meaning']),
  ...['config', 'docs', 'test', 'template', 'cmd'].map((name) => [name, 'folder']),
  ...['path', 'http', 'child-process', 'crypto', 'sqlite'].map((name) => [name, 'module of Node']),
  ...['fastify', 'pino', 'typescript'].map((name) => [name, 'depends on']),
  ...['express', 'pg', 'react'].map((name) => [name, 'popular package']),
  ...['node', 'npm', 'otel', 'consul', 'kubernetes', 'log', 'term'].map((name) => [name, `${name.toUpperCase()}_`]),
  ['otel-collector', 'OTEL_'],
  ['node-api', 'NODE_'],
])('%j is rejected as a name', (name, reason) => {
  expect(problemWithName(name, surroundings)).toContain(reason);
});

test('a name that is invalid in every spelling gets no proposal', () => {
  expect(problemWithName('Node', surroundings)).toBe('it must begin with a lowercase letter');
});
