import { expect, test } from 'vitest';
import { allEnvNames, envName, isServiceLink } from './env-names.ts';
import { port, string } from './formats.ts';

test('a variable is the prefix followed by the key in upper snake case', () => {
  expect(envName('APP', 'http.port')).toBe('APP_HTTP_PORT');
  expect(envName('APP', 'http.trustProxy')).toBe('APP_HTTP_TRUST_PROXY');
  expect(envName('APP', 'http.tls.clientCaFile')).toBe('APP_HTTP_TLS_CLIENT_CA_FILE');
  expect(envName('APP', 'environment')).toBe('APP_ENVIRONMENT');
});

test('only a secret has a _FILE variable', () => {
  const schema = { port: { doc: '', format: port() }, token: { doc: '', format: string(), secret: true as const } };
  expect(allEnvNames(schema, 'APP')).toEqual([
    'APP_CONFIG_DIR',
    'APP_CONFIG_FILE',
    'APP_PORT',
    'APP_TOKEN',
    'APP_TOKEN_FILE',
  ]);
});

test('service links of Services named like the prefix are distinguished from settings', () => {
  const links = {
    APP_SERVICE_HOST: '10.96.0.7',
    APP_SERVICE_PORT: '80',
    APP_SERVICE_PORT_HTTP: '80',
    APP_PORT: 'tcp://10.96.0.7:80',
    APP_PORT_80_TCP: 'tcp://10.96.0.7:80',
    APP_PORT_80_TCP_PROTO: 'tcp',
    APP_PORT_80_TCP_ADDR: '10.96.0.7',
    APP_CANARY_SERVICE_HOST: '10.96.0.8',
    APP_CANARY_PORT: 'udp://10.96.0.8:53',
    APP_CANARY_PORT_53_UDP_PORT: '53',
  };
  for (const [name, value] of Object.entries(links)) expect(isServiceLink('APP', name, value), name).toBe(true);

  const ours = { APP_PORT: '8080', APP_HTPT_PORT: '8080', APP_SERVICE_NAM: 'a', APPLE_PORT: 'tcp://1.2.3.4:5' };
  for (const [name, value] of Object.entries(ours)) expect(isServiceLink('APP', name, value), name).toBe(false);
});
