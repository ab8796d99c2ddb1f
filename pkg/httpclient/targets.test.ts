import { expect, test } from 'vitest';
import { type Instance, originOf, targetsOf } from './targets.ts';

const options = { tag: undefined, signal: new AbortController().signal };
const instance: Instance = { id: 'a', address: '10.0.0.1', port: 80, meta: {} };
const resolving = (...instances: Instance[]) => ({ ...options, resolver: { resolve: async () => instances } });

test('a service URL has one target per instance, with HTTPS if the instance registered it', async () => {
  const instances = [instance, { ...instance, address: 'fd00::1', port: 8443, meta: { protocol: 'https' } }];
  expect(await targetsOf(new URL('service://orders/v1/a?b=c'), resolving(...instances))).toEqual([
    { origin: 'http://10.0.0.1:80', path: '/v1/a?b=c' },
    { origin: 'https://[fd00::1]:8443', path: '/v1/a?b=c' },
  ]);
  expect(await targetsOf(new URL('service://orders'), resolving(instance))).toMatchObject([{ path: '/' }]);
});

test('a plain URL is its own target; another protocol, or a service URL without a resolver, throws', async () => {
  const without = { ...options, resolver: undefined };
  expect(await targetsOf(new URL('https://a.example:444/b'), without)).toEqual([
    { origin: 'https://a.example:444', path: '/b' },
  ]);
  await expect(targetsOf(new URL('ftp://a.example/b'), without)).rejects.toThrow(TypeError);
  await expect(targetsOf(new URL('service://orders/'), without)).rejects.toThrow(TypeError);
});

test('the origin of an instance has brackets around an IPv6 address only', () => {
  expect(originOf(instance)).toBe('http://10.0.0.1:80');
  expect(originOf({ ...instance, address: 'fd00::1' })).toBe('http://[fd00::1]:80');
});
