import { expect, test } from 'vitest';
import { displayUrl, exportTarget } from './export-target.ts';

const target = (endpoint: string | undefined, env: Record<string, string> = {}) =>
  exportTarget({ protocol: 'http/protobuf', ...(endpoint !== undefined && { endpoint }) }, env).url;

test('the path is appended to a base URL that does not have it yet', () => {
  expect(target('http://c:4318')).toBe('http://c:4318/v1/traces');
  expect(target('http://c/otlp/')).toBe('http://c/otlp/v1/traces');
  expect(target('http://c/v1/traces')).toBe('http://c/v1/traces');
  expect(target('http://c/?key=a')).toBe('http://c/v1/traces?key=a');
});

test('the variable for all signals is a base URL, even with a path; the one for traces is used unchanged', () => {
  const all = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/v1/traces' };
  expect(target(undefined, all)).toBe('http://c/v1/traces/v1/traces');
  expect(target(undefined, { ...all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/x' })).toBe('http://t/x');
  expect(target(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318' })).toBe('http://c:4318/v1/traces');
  expect(target(undefined)).toBe('http://localhost:4318/v1/traces');
});

test('gRPC has no path', () => {
  const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  expect(target('http://c:4317', env)).toBe('http://c:4317');
  expect(target(undefined, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317' })).toBe('c:4317');
});

test('a displayed URL contains no secrets', () => {
  expect(displayUrl('https://user:s3cret@c/v1/traces?key=s3cret')).toBe('https://c/v1/traces');
});
