import { ConfigError } from '../../pkg/config/config-error.ts';
import { readTextFile } from '../../pkg/config/text-file.ts';
import { type ConsulClient, createConsulClient } from '../../pkg/consul/client.ts';
import { createTokenSource } from '../../pkg/consul/token-source.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Configuration } from '../config/config.ts';

/** Creates a client for the configured agent. `logging` is absent while the configuration is being read. */
export function connectConsul({ current, secretFile }: Configuration, logging?: Logging): ConsulClient {
  const { address, datacenter, timeoutMs, token, caFile, certFile, keyFile } = current.consul;
  const logger = logging?.component('consul');
  const tls = {
    ca: readPem('consul.caFile', caFile),
    cert: readPem('consul.certFile', certFile),
    key: readPem('consul.keyFile', keyFile),
  };
  const file = secretFile('consul.token');
  const onUnreadable = (error: unknown) =>
    logger?.error({ err: error, file }, 'cannot read the token file; keeping the previous token');
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
  // Node treats an empty string as absent: with a truncated CA file it would trust its default authorities.
  if (!read.text.includes('-----BEGIN ')) throw new ConfigError([{ key, origin: file, expected: 'a PEM file' }]);
  return read.text;
}
