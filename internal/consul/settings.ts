import { kvLayer } from '../../pkg/config/kv-layer.ts';
import { type ParsedLayer, parseLayer } from '../../pkg/config/layer.ts';
import { followBlockingQuery } from '../../pkg/consul/blocking-query.ts';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createFailureLog } from '../../pkg/consul/failure-log.ts';
import { type ConsulKv, createKv, type KvEntry, type KvRead, type ReadOptions } from '../../pkg/consul/kv.ts';
import { describeError } from '../../pkg/errors/describe-error.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Config, Configuration } from '../config/config.ts';
import { schema } from '../config/schema.ts';
import { connectConsul } from './client.ts';

/**
 * Reads the settings in the KV store, and offers them. A mistake there must not keep new instances from starting while
 * the old ones run: without `consul.config.required` they are left out.
 *
 * @throws ConfigError with everything that is wrong in them, if they are required.
 */
export async function offerSettings(configuration: Configuration): Promise<void> {
  const { consul } = configuration.current;
  if (consul.enabled) configuration.offer(await readSettings(configuration), { required: consul.config.required });
}

/** A store that does not respond is a problem of the layer like any other. */
async function readSettings(configuration: Configuration): Promise<ParsedLayer> {
  const prefix = kvPrefix(configuration.current);
  const client = connectConsul(configuration);
  try {
    const { value } = await listSettings(createKv(client), prefix, {});
    return parseSettings(value, prefix);
  } catch (error) {
    const problem = { origin: `consul ${prefix}`, expected: `settings or none (${describeError(error)})` };
    return { ...parseSettings([], prefix), problems: [problem] };
  } finally {
    client.close();
  }
}

function parseSettings(pairs: Iterable<{ key: string; value: string }>, prefix: string): ParsedLayer {
  return parseLayer(schema, kvLayer(pairs, { prefix, store: 'consul' }));
}

/** The first time it reads the folder too: that is denied to a token without the rule, a list would only be empty. */
async function listSettings(kv: ConsulKv, prefix: string, options: ReadOptions): Promise<KvRead<KvEntry[]>> {
  if (options.blocking === undefined) await kv.get(`${prefix}/`, options);
  return kv.list(`${prefix}/`, options);
}

function kvPrefix({ consul, service }: Config): string {
  return consul.config.prefix ?? `config/${service.name}`;
}

export interface SettingsDependencies {
  client: ConsulClient;
  logging: Logging;
}

/** Follows the settings in the KV store. */
export function createSettingsPart(configuration: Configuration, { client, logging }: SettingsDependencies): Part {
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
        const answer = await listSettings(kv, prefix, call);
        failures.recovered();
        return answer;
      },
      onValue: (pairs) => configuration.offer(parseSettings(pairs, prefix)),
      // What is in use stays in use.
      onError: (error) => failures.failed(error),
    },
    signal,
  );
}
