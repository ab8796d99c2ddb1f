import { ConfigError } from '../../pkg/config/config-error.ts';
import { type ParsedLayer, usablePart } from '../../pkg/config/layer.ts';
import { followBlockingQuery } from '../../pkg/consul/blocking-query.ts';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createFailureLog } from '../../pkg/consul/failure-log.ts';
import { type ConsulKv, createKv, type KvEntry, type KvRead, type ReadOptions } from '../../pkg/consul/kv.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import { type Config, type LoadedConfig, resolveLayers, type ServiceConfig } from '../config/config.ts';
import { parseKvLayer, withKvLayer } from '../config/kv-settings.ts';
import type { StartConfig } from './configuration.ts';
import { connectConsul } from './consul-client.ts';

/** What the service starts with, when Consul had a say. */
export interface ConsulStartConfig extends StartConfig {
  /** The KV store's layer, if it could not be read, or not be used as a whole. */
  readonly refused: ParsedLayer | undefined;
}

/**
 * Adds the settings that are in the KV store: where it is, the other layers say.
 *
 * @throws ConfigError with everything that is wrong in them, if they are required.
 */
export async function addConsulSettings(start: StartConfig): Promise<ConsulStartConfig> {
  if (!start.config.consul.enabled) return { ...start, refused: undefined };
  const { mounted } = start;
  const kv = await readKv(start);
  const { required } = start.config.consul.config;
  const layers = withKvLayer(start.layers, required ? kv : usablePart(kv));
  try {
    return { ...resolveLayers(layers), layers, mounted, refused: kv.problems.length > 0 ? kv : undefined };
  } catch (error) {
    // A slip in the store must not keep every new instance from starting while the old ones run.
    if (!(error instanceof ConfigError) || required) throw error;
    return { ...start, layers: withKvLayer(start.layers, parseKvLayer([], '')), refused: kv };
  }
}

/** That the store does not answer is a problem of the layer like any other. */
async function readKv(loaded: LoadedConfig): Promise<ParsedLayer> {
  const prefix = kvPrefix(loaded.config);
  const client = connectConsul(loaded);
  try {
    const { value } = await listSettings(createKv(client), prefix, {});
    return parseKvLayer(value, prefix);
  } catch (error) {
    const problem = { origin: `consul ${prefix}`, expected: `settings or none (${describeError(error)})` };
    return { ...parseKvLayer([], prefix), problems: [problem] };
  } finally {
    client.close();
  }
}

/** Asked afresh, it first reads the folder: that is denied to a token without the rule, a list would only be empty. */
async function listSettings(kv: ConsulKv, prefix: string, options: ReadOptions): Promise<KvRead<KvEntry[]>> {
  if (options.blocking === undefined) await kv.get(`${prefix}/`, options);
  return kv.list(`${prefix}/`, options);
}

function kvPrefix({ consul, service }: Config): string {
  return consul.config.prefix ?? `config/${service.name}`;
}

export interface ConsulSettingsSources {
  start: ConsulStartConfig;
  client: ConsulClient;
  logging: Logging;
}

/** Follows the settings in the KV store. */
export function createConsulSettingsPart(live: ServiceConfig, { start, client, logging }: ConsulSettingsSources): Part {
  if (start.refused !== undefined) live.offer(start.refused);
  const stopping = new AbortController();
  let following: Promise<void> | undefined;
  return {
    name: 'consul settings',
    start() {
      following = follow(client, live, { prefix: kvPrefix(start.config), logging }, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

function follow(
  client: ConsulClient,
  live: ServiceConfig,
  { prefix, logging }: { prefix: string; logging: Logging },
  signal: AbortSignal,
): Promise<void> {
  const kv = createKv(client);
  const failures = createFailureLog('configuration', logging.component('consul'));
  return followBlockingQuery(
    {
      async query(call) {
        const answer = await listSettings(kv, prefix, call);
        failures.recovered();
        return answer;
      },
      onValue: (pairs) => live.offer(parseKvLayer(pairs, prefix)),
      // What is in use stays in use.
      onError: (error) => failures.failed(error),
    },
    signal,
  );
}
