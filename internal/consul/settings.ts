import { type ParsedLayer, parseLayer } from '../../pkg/config/layer.ts';
import { kvLayer } from '../../pkg/config/pair-layers.ts';
import { followBlockingQuery } from '../../pkg/consul/blocking-query.ts';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createFailureLog } from '../../pkg/consul/failure-log.ts';
import { type ConsulKv, createKv, type KvEntry, type KvRead, type ReadOptions } from '../../pkg/consul/kv.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Config, Configuration } from '../config/config.ts';
import { schema } from '../config/schema.ts';
import { connectConsul } from './client.ts';

/**
 * Reads the settings in the KV store and adds them to the configuration. Unless `consul.config.required` is true,
 * invalid ones are ignored: a mistake there must not keep new instances from starting while the old ones run.
 *
 * @throws ConfigError listing every problem in them, if they are required.
 */
export async function offerSettings(configuration: Configuration): Promise<void> {
  const { required } = configuration.current.consul.config;
  configuration.offer(await readSettings(configuration), { required });
}

/** Reads the layer. If the store does not respond, that is reported as a problem of the layer, like an invalid value. */
async function readSettings(configuration: Configuration): Promise<ParsedLayer> {
  const prefix = kvPrefix(configuration.current);
  const client = connectConsul(configuration);
  try {
    const { value } = await listSettings(createKv(client), prefix, {});
    return parseSettings(value, prefix);
  } catch (error) {
    const problem = { origin: `consul ${prefix}`, expected: `to be readable (${describeError(error)})` };
    return { ...parseSettings([], prefix), problems: [problem] };
  } finally {
    client.close();
  }
}

export function parseSettings(pairs: Iterable<{ key: string; value: string }>, prefix: string): ParsedLayer {
  return parseLayer(schema, kvLayer(pairs, { prefix, store: 'consul' }));
}

/**
 * Lists the settings. To detect a token without permission, the first call also reads a single key: Consul rejects that
 * read, whereas it returns an empty list to such a token.
 */
export async function listSettings(kv: ConsulKv, prefix: string, options: ReadOptions): Promise<KvRead<KvEntry[]>> {
  if (options.blocking === undefined) await kv.get(`${prefix}/`, options);
  return kv.list(`${prefix}/`, options);
}

export function kvPrefix({ consul, service }: Config): string {
  return consul.config.prefix ?? `config/${service.name}`;
}

export interface SettingsDependencies {
  client: ConsulClient;
  logging: Logging;
}

/** Watches the settings in the KV store and applies changes. */
export function createSettingsComponent(
  configuration: Configuration,
  { client, logging }: SettingsDependencies,
): Component {
  const stopping = new AbortController();
  let following: Promise<void> | undefined;
  return {
    name: 'consul settings',
    start() {
      following = follow(configuration, { client, logging }, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

function follow(
  configuration: Configuration,
  { client, logging }: SettingsDependencies,
  signal: AbortSignal,
): Promise<void> {
  const prefix = kvPrefix(configuration.current);
  const kv = createKv(client);
  const failures = createFailureLog('configuration', logging.component('consul'));
  return followBlockingQuery(
    {
      async query(call) {
        const read = await listSettings(kv, prefix, call);
        failures.recovered();
        return read;
      },
      onValue: (pairs) => configuration.offer(parseSettings(pairs, prefix)),
      // The settings last read stay in use.
      onError: (error) => failures.failed(error),
    },
    signal,
  );
}
