import { kvLayer } from '../../pkg/config/kv-layer.ts';
import { type ParsedLayer, parseLayer } from '../../pkg/config/layer.ts';
import { schema } from './schema.ts';

/** The keys below a prefix of Consul's KV store. */
export function parseKvLayer(pairs: Iterable<{ key: string; value: string }>, prefix: string): ParsedLayer {
  return parseLayer(schema, kvLayer(pairs, { prefix, store: 'consul' }));
}

/** Puts it at its place: below the variables and the command line, above all the others. */
export function withKvLayer(layers: readonly ParsedLayer[], kv: ParsedLayer): readonly ParsedLayer[] {
  const variables = layers.findLastIndex(({ source }) => source === 'env');
  return layers.toSpliced(variables, 0, kv);
}
