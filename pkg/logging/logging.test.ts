import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogging, type LoggingOptions } from './logging.ts';

async function capture(options: Partial<LoggingOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const logging = await createLogging({ level: 'info', format: 'json', ...options }, destination);
  return { logging, lines };
}

test('a line has its level as a name, an ISO timestamp and the base fields', async () => {
  const { logging, lines } = await capture({ base: { service: 'orders' } });
  logging.logger.info({ port: 1 }, 'listening');
  expect(lines).toEqual([{ level: 'info', time: expect.any(String), service: 'orders', port: 1, msg: 'listening' }]);
  expect(new Date(String(lines[0]?.time)).toISOString()).toBe(lines[0]?.time);
});

test('a level change applies to existing component loggers', async () => {
  const { logging, lines } = await capture();
  const component = logging.component('store');
  component.debug('unseen');
  logging.setLevel('debug');
  component.debug('seen');
  expect(logging.level).toBe('debug');
  expect(lines.map((line) => [line.component, line.msg])).toEqual([['store', 'seen']]);
});

test.each([
  ['at the top level', { authorization: 'Bearer s3cret' }],
  ['in headers', { headers: { authorization: 'Bearer s3cret', cookie: 's3cret', 'set-cookie': 's3cret' } }],
  ['in a request', { req: { headers: { 'proxy-authorization': 's3cret' } } }],
  ['in nested fields', { request: { config: { headers: { Authorization: 'Bearer s3cret' } } } }],
  ['in a form', { body: { password: 's3cret', token: 's3cret' } }],
])('secrets are masked %s', async (_where, fields) => {
  const { logging, lines } = await capture();
  logging.logger.info(fields, 'request');
  const text = JSON.stringify(lines);
  expect(text).toContain('***');
  expect(text).not.toContain('s3cret');
});

test.each(['err', 'reason', 'anything'])(
  'an error in the field %s is logged without arbitrary properties',
  async (name) => {
    const { logging, lines } = await capture();
    const client = { secretKey: 'k3y', options: { host: 'db' } };
    const error = Object.assign(new TypeError('lost'), {
      code: 'E1',
      client,
      config: { headers: { Authorization: 'x' } },
    });
    logging.component('store').error({ [name]: error, all: [error] }, 'failed');
    const described = {
      type: 'TypeError',
      message: 'lost',
      code: 'E1',
      stack: expect.stringContaining('TypeError: lost'),
    };
    expect(lines).toEqual([expect.objectContaining({ [name]: described, all: [described], component: 'store' })]);
  },
);

test('an error without a message is logged with its own', async () => {
  const { logging, lines } = await capture();
  logging.logger.error(Object.assign(new Error('lost'), { client: 1 }));
  expect(lines).toMatchObject([{ msg: 'lost', err: { type: 'Error', message: 'lost' } }]);
  expect(lines[0]?.err).not.toHaveProperty('client');
});

test('the mixin is called for every line', async () => {
  let calls = 0;
  const { logging, lines } = await capture({ mixin: () => ({ call: ++calls }) });
  logging.logger.info('one');
  logging.logger.info('two');
  expect(lines.map((line) => line.call)).toEqual([1, 2]);
});

test('a reader gets every line, secrets masked', async () => {
  const received: string[] = [];
  const { logging } = await capture();
  logging.addReader((line) => void received.push(line));
  logging.logger.info({ authorization: 'Bearer s3cret' }, 'first');
  logging.lineWriter('request')('"status":200');
  logging.logger.debug('unseen');
  expect(received.map((line) => JSON.parse(line).msg)).toEqual(['first', 'request']);
  expect(received.join('')).not.toContain('s3cret');
});

test('a line writer can write at every level and name its component', async () => {
  const { logging, lines } = await capture({ base: { service: 'test' } });
  logging.setLevel('error');
  logging.lineWriter('request')('"status":200');
  logging.writeAudit('"status":201');
  expect(lines).toMatchObject([{ level: 'info', service: 'test', component: 'audit', status: 201, msg: 'audit' }]);
});
