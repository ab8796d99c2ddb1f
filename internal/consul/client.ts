import { ConfigError } from '../../pkg/config/config-error.ts';
import { readTextFile } from '../../pkg/config/text-file.ts';
import { type ConsulClient, createConsulClient } from '../../pkg/consul/client.ts';
import { createTokenSource } from '../../pkg/consul/token-source.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Configuration } from '../config/config.ts';

/** Creates a client of the agent that the configuration names. While the configuration is read there is no log yet. */
export function connectConsul({ current, secretFile }: Configuration, logging?: Logging): ConsulClient {
  const { address, datacenter, timeoutMs, token, caFile, certFile, keyFile } = current.consul;
  const logger = logging?.component('consul');
  const tls = {
    ca: readPem('consul.caFile', caFile),
    cert: readPem('consul.certFile', certFile),
    key: readPem('consul.keyFile', keyFile),
  };
  const file = secretFile('consul.token');
  const onUnreadable = (error: unknown) => logger?.error({ err: error, file }, 'the token cannot be read any more');
  const source = createTokenSource({ token, file }, { onUnreadable });
  const client = createConsulClient({ address, datacenter, timeoutMs, tls }, { token: source.current });
  return {
    ...client,
    close() {
      source.close();
      client.close();
    },
  };
}

function readPem(key: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const read = readTextFile(file);
  if ('failure' in read) throw new ConfigError([{ key, origin: file, expected: `a readable file (${read.failure})` }]);
  // Node takes an empty text for none: an authority's file that was truncated would mean "those Node trusts".
  if (!read.text.includes('-----BEGIN ')) throw new ConfigError([{ key, origin: file, expected: 'PEM' }]);
  return read.text;
}
