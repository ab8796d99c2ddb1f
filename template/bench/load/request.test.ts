import { expect, test } from 'vitest';
import { formatArchive, formatMessages } from './request.ts';

const URL = 'http://127.0.0.1:8080/version';
const get = { method: 'GET', path: '/v1/flags?limit=1' };
const put = { method: 'PUT', path: '/v1/flags/a', headers: { 'If-Match': '*' }, body: '{"description":"é"}' };

test('messages have the host of the URL, and the length of the body in bytes', () => {
  expect(formatMessages([get, put], URL).split('\x1e')).toEqual([
    'GET /v1/flags?limit=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n',
    'PUT /v1/flags/a HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nIf-Match: *\r\nContent-Length: 20\r\n\r\n{"description":"é"}',
  ]);
});

test('an archive has the same requests, to the origin of the URL', () => {
  expect(JSON.parse(formatArchive([get, put], URL)).log.entries).toEqual([
    { request: { method: 'GET', url: 'http://127.0.0.1:8080/v1/flags?limit=1', headers: [] } },
    {
      request: {
        method: 'PUT',
        url: 'http://127.0.0.1:8080/v1/flags/a',
        headers: [{ name: 'If-Match', value: '*' }],
        postData: { text: '{"description":"é"}' },
      },
    },
  ]);
});
