import { join, resolve } from 'node:path';
import { readEnvLayer, readLocator } from '../../pkg/config/env-layer.ts';
import { locatorNames } from '../../pkg/config/env-names.ts';
import { defaultLayer, type Layer, merge, type ParsedLayer, parseLayer } from '../../pkg/config/layer.ts';
import { readSetLayer } from '../../pkg/config/pair-layers.ts';
import { readYamlLayer } from '../../pkg/config/yaml-layer.ts';
import { schema } from './schema.ts';

/** Prefix of every environment variable of this service. */
export const ENV_PREFIX = 'SKIFF';

export interface ConfigInput {
  readonly env: NodeJS.ProcessEnv;
  /** The `key=value` argument of each `--set`, in order. */
  readonly set: readonly string[];
  /** `--config-dir`; wins over `SKIFF_CONFIG_DIR`, which wins over `defaultConfigDir`. */
  readonly configDir?: string;
  /** Absolute path of the directory that ships with the program, independent of the working directory. */
  readonly defaultConfigDir: string;
  /** Relative paths are resolved against it, and origins are reported relative to it. Default: `process.cwd()`. */
  readonly cwd?: string;
}

/** Reads every layer, lowest precedence first. `files` are those that may change while the process runs. */
export function readLayers(input: ConfigInput): {
  readonly layers: readonly ParsedLayer[];
  readonly files: readonly { readonly path: string; read(): ParsedLayer }[];
} {
  const { env, set, cwd = process.cwd() } = input;
  const parse = (layer: Layer): ParsedLayer => parseLayer(schema, layer);

  const names = locatorNames(ENV_PREFIX);
  const directory = readLocator(names.configDir, { env, cwd });
  const configDir =
    input.configDir === undefined ? (directory.path ?? input.defaultConfigDir) : resolve(cwd, input.configDir);
  const located = readLocator(names.configFile, { env, cwd });

  const defaults = parse(defaultLayer(schema));
  const node = parse(nodeEnvLayer(env));
  const common = parse(
    readYamlLayer(schema, join(configDir, 'default.yaml'), {
      source: 'repository',
      cwd,
      missing: 'error',
      blank: 'empty',
      missingHint: `is ${configDir} the configuration directory (--config-dir, ${names.configDir})?`,
    }),
  );
  const { path } = located;
  const files = path === undefined ? [] : [{ path, read: () => parse(readMountedLayer(path, cwd)) }];
  const mounted = files.map(({ read }) => read());
  const variables = parse(readEnvLayer(schema, { env, prefix: ENV_PREFIX, cwd }));
  const commandLine = parse(readSetLayer(set));

  const environment = environmentOf([defaults, node, ...mounted, variables, commandLine]);
  const specific =
    environment === undefined
      ? []
      : [
          parse(
            readYamlLayer(schema, join(configDir, `${environment}.yaml`), {
              source: 'repository',
              cwd,
              missing: 'empty',
              blank: 'empty',
            }),
          ),
        ];

  const problems = [...directory.problems, ...located.problems];
  const locators: ParsedLayer = { source: 'env', values: new Map(), problems };
  const kv: ParsedLayer = { source: 'kv', values: new Map(), problems: [] };
  const layers = [locators, defaults, node, common, ...specific, ...mounted, kv, variables, commandLine];
  return { layers, files };
}

function readMountedLayer(path: string, cwd: string): Layer {
  return readYamlLayer(schema, path, { source: 'mounted', cwd, missing: 'error', blank: 'error' });
}

/** Returns the environment that selects a file, or `undefined` if any layer gives an invalid one. */
function environmentOf(layers: readonly ParsedLayer[]): string | undefined {
  const invalid = layers.some(({ problems }) => problems.some(({ key }) => key === 'environment'));
  const value = merge(layers).get('environment')?.value;
  return invalid || typeof value !== 'string' ? undefined : value;
}

/** `NODE_ENV=production`, the Node convention, selects production unless a higher layer sets `environment`. */
function nodeEnvLayer(env: NodeJS.ProcessEnv): Layer {
  const isProduction = env.NODE_ENV === 'production';
  const entry = { key: 'environment', origin: 'env NODE_ENV', raw: { text: 'production' } };
  return { source: 'env', entries: isProduction ? [entry] : [], problems: [] };
}
