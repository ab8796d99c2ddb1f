import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalGuard } from '../httpserver/access/local-guard.ts';
import { createHttpServer } from '../httpserver/server.ts';
import { createDevtools } from './devtools.ts';

const logger = pino({ level: 'silent' });
const address = { host: '127.0.0.1', port: 0 };
const access = { guard: createLocalGuard({ allowedHosts: [] }), onRejected() {} };
const admin = createHttpServer({ name: 'admin', ...address }, { logger, access });
const http = createHttpServer({ name: 'http', ...address }, { logger, access });
const devtools = createDevtools();
const table = { title: 'Shards', columns: ['Shard'], rows: [['1']], empty: '' };
const tracing = devtools.startTracing('test');

devtools.attach({
  admin,
  http,
  service: { name: 'orders', version: '1.2.3', node: 'v26' },
  configuration: {
    current: { environment: 'development', admin: { allowedHosts: [] } },
    describe: () => [{ key: 'http.port', value: 8080, origin: 'default', reloadable: false }],
  },
  panels: [{ title: 'Storage', read: async () => [table] }],
});
http.app.get('/v1/orders/:id', { config: { access: 'orders:read' } }, async () => 'order');

beforeAll(async () => {
  await admin.listen();
  await http.listen();
});
afterAll(async () => {
  await Promise.all([admin.close(), http.close(), tracing.shutdown(AbortSignal.timeout(1000))]);
});

async function get(path: string, headers: Record<string, string> = {}) {
  const asked = request({ ...address, port: admin.address()?.port, path, headers, agent: false }).end();
  const [response] = await once(asked, 'response');
  const body = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, body };
}

const state = async (query = '') => JSON.parse((await get(`/devtools/state${query}`)).body);

test('the state contains what was logged, with access-log lines apart', async () => {
  devtools.onLine('{"msg":"started"}\n');
  devtools.onLine('{"status":200,"msg":"request"}\n', 'request');
  const { lines, requests } = await state();
  expect(lines).toEqual({ items: ['{"msg":"started"}\n'], count: 1 });
  expect(requests).toEqual({ items: ['{"status":200,"msg":"request"}\n'], count: 1 });
});

test('a page receives only what is new, and everything from a new process', async () => {
  const { instance, lines } = await state();
  devtools.onLine('{"msg":"later"}\n');
  const later = { items: ['{"msg":"later"}\n'], count: lines.count + 1 };
  expect((await state(`?instance=${instance}&lines=${lines.count}`)).lines).toEqual(later);
  expect((await state(`?instance=1&lines=${lines.count}`)).lines.items).toHaveLength(later.count);
});

test('a long line is truncated', async () => {
  devtools.onLine('x'.repeat(100_000));
  expect((await state()).lines.items.at(-1).length).toBeLessThan(10_000);
});

test('finished spans are in the state, with their parents', async () => {
  await tracing.tracer.startActiveSpan('parent', async (parent) => {
    await new Promise((resolve) => setImmediate(resolve));
    tracing.tracer.startSpan('child').end();
    parent.end();
  });
  const [child, parent] = (await state()).spans.items;
  expect(child).toMatchObject({ name: 'child', parentId: parent.spanId, traceId: parent.traceId });
  expect(parent).toMatchObject({ name: 'parent', attributes: {} });
});

test('problem documents of the public listener are in the state', async () => {
  await fetch(`http://127.0.0.1:${http.address()?.port}/nowhere`);
  const [{ id, text }] = (await state()).problems.items;
  expect(JSON.parse(text)).toMatchObject({ status: 404, code: 'route_not_found', requestId: id });
});

test('the service is described with its settings and the access of its routes', async () => {
  const service = JSON.parse((await get('/devtools/service')).body);
  expect(service).toMatchObject({ name: 'orders', environment: 'development', port: http.address()?.port });
  expect(JSON.parse((await get('/devtools/settings')).body)).toHaveLength(1);
  expect(service.routes).toEqual([{ method: 'GET', path: '/v1/orders/{id}', access: 'orders:read', summary: '' }]);
});

test('the tables of a panel are available', async () => {
  expect(JSON.parse((await get('/devtools/service')).body).panels).toEqual(['Storage']);
  expect(JSON.parse((await get('/devtools/panel?index=0')).body)).toEqual([table]);
});

test.each([
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page on another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' }],
  ['a page whose name was rebound to this machine', { host: 'evil.example' }],
])('%s cannot read data', async (_who, headers) => {
  for (const path of ['state', 'service', 'settings', 'panel']) {
    expect((await get(`/devtools/${path}`, headers)).status).toBe(403);
  }
});

test('a link on another site can open the page, which has no data', async () => {
  const { status, headers, body } = await get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(body).not.toMatch(/ style=| on\w+=|<style|<script(?![^>]* src=)/);
});

test('every file that the page and its scripts name is served', async () => {
  const folder = join(import.meta.dirname, 'page');
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const named = sources.flatMap((text) =>
    [...text.matchAll(/(?:"\/devtools|from '\.)\/([\w.]+)/g)].map(([, name]) => name),
  );
  expect(named).toContain('uplot.js');
  for (const name of new Set(named)) {
    const { status, headers } = await get(`/devtools/${name}`);
    expect([name, status]).toEqual([name, 200]);
    expect(headers['content-type']).toMatch(/^text\/(css|javascript)/);
  }
});
