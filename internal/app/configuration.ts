import { ConfigError } from '../../pkg/config/config-error.ts';
import { type FileWatch, watchFile } from '../../pkg/config/file-watch.ts';
import type { ParsedLayer } from '../../pkg/config/layer.ts';
import { followBlockingQuery } from '../../pkg/consul/blocking-query.ts';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createFailureLog } from '../../pkg/consul/failure-log.ts';
import { type ConsulKv, createKv, type KvEntry, type KvRead, type ReadOptions } from '../../pkg/consul/kv.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import {
  type Config,
  createServiceConfig,
  type LoadedConfig,
  resolveLayers,
  type ServiceConfig,
} from '../config/config.ts';
import { type ConfigInput, type ConfigLayers, parseKvLayer, readLayers } from '../config/layers.ts';
import { createConsul } from './consul.ts';

/** The configuration that the service starts with. */
export interface StartConfig extends LoadedConfig, Pick<ConfigLayers, 'layers' | 'mounted'> {
  /** The KV store's layer, if it could not be read or used. */
  readonly refused: ParsedLayer | undefined;
}

/**
 * Reads every layer, that of the KV store last: where it is, the others say.
 *
 * @throws ConfigError with everything that is wrong in any of them, but for the KV store's unless that is required.
 */
export async function readStartConfig(input: ConfigInput): Promise<StartConfig> {
  const { layers, mounted } = readLayers(input);
  const loaded = resolveLayers(layers);
  if (!loaded.config.consul.enabled) return { ...loaded, layers, mounted, refused: undefined };

  const kv = await readKv(loaded);
  const withKv = layers.map((layer) => (layer.source === 'kv' ? kv : layer));
  try {
    return { ...resolveLayers(withKv), layers: withKv, mounted, refused: undefined };
  } catch (error) {
    // A slip in the store must not keep every new instance from starting while the old ones run.
    if (!(error instanceof ConfigError) || loaded.config.consul.config.required) throw error;
    return { ...loaded, layers, mounted, refused: kv };
  }
}

/** That the store does not answer is a problem of the layer like any other. */
async function readKv(loaded: LoadedConfig): Promise<ParsedLayer> {
  const prefix = kvPrefix(loaded.config);
  const client = createConsul(loaded);
  if (client === undefined) return parseKvLayer([], prefix);
  try {
    const { value } = await listSettings(createKv(client), prefix, {});
    return parseKvLayer(value, prefix);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const problem = { origin: `consul ${prefix}`, expected: `settings or none (${why})` };
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

/** Goes on from the start's configuration, with its metrics. */
export function createLiveConfiguration(start: StartConfig, metrics: Metrics, logging: Logging): ServiceConfig {
  const live = createServiceConfig(start.layers, logging.component('config'));
  if (start.refused !== undefined) live.offer(start.refused);
  live.subscribe(['log.level'], ({ log }) => logging.setLevel(log.level));
  metrics.gauge({
    name: 'config_last_reload_successful',
    help: 'Whether the latest version of every source of the configuration is in use',
    collect: () => (live.successful ? 1 : 0),
  });
  metrics.gauge({
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'When a source of the configuration was last taken into use, the start included',
    collect: () => live.succeededAt / 1000,
  });
  return live;
}

export interface ConfigurationSources {
  start: StartConfig;
  consul: ConsulClient | undefined;
  logging: Logging;
}

/** Follows the mounted file and the KV store, as far as there are such. */
export function createConfigurationPart(live: ServiceConfig, { start, consul, logging }: ConfigurationSources): Part {
  const { mounted, config } = start;
  const stopping = new AbortController();
  let fileWatch: FileWatch | undefined;
  let following: Promise<void> | undefined;
  return {
    name: 'configuration',
    start() {
      if (mounted !== undefined) fileWatch = watchFile(mounted.path, () => live.offer(mounted.read()));
      if (consul !== undefined)
        following = followKv(consul, live, { prefix: kvPrefix(config), logging }, stopping.signal);
    },
    async stop() {
      fileWatch?.close();
      stopping.abort();
      await following;
    },
  };
}

function followKv(
  consul: ConsulClient,
  live: ServiceConfig,
  { prefix, logging }: { prefix: string; logging: Logging },
  signal: AbortSignal,
): Promise<void> {
  const kv = createKv(consul);
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
