import { ConfigError, type Problem, shown } from './config-error.ts';
import { checkWithConvict } from './convict-check.ts';
import type { ParsedLayer } from './layer.ts';
import { merge } from './merge.ts';
import { describeSettings, type SettingDescription } from './print.ts';
import { type Schema, type Setting, type Source, settingsOf } from './schema.ts';
import { type ConfigOf, typedConfig } from './typed-config.ts';

/** Something that must hold between settings. */
export interface Rule<Config> {
  /** The settings it looks at; a problem is reported at the first. */
  readonly keys: readonly [string, ...string[]];
  /** Completes "expected …" for the first key's value. */
  readonly expected: string;
  /** `sourceOf` tells who set a key; undefined for one that is not set. */
  holds(config: Config, sourceOf: (key: string) => Source | undefined): boolean;
}

/** A configuration that is complete and sound, and knows where each value came from. */
export interface Resolved<S extends Schema> {
  /** Deeply frozen. */
  readonly config: ConfigOf<S>;
  describe(): SettingDescription[];
  /** The file that a secret was read from, if it was: whoever rotates the secret replaces it. */
  secretFile(key: string): string | undefined;
}

/**
 * Merges layers, the later over the earlier, and makes the configuration of them.
 *
 * @throws ConfigError with the problems of all layers, every missing setting and every broken rule.
 */
export function resolveConfig<S extends Schema>(
  schema: S,
  layers: readonly ParsedLayer[],
  rules: readonly Rule<ConfigOf<S>>[] = [],
): Resolved<S> {
  const settings = settingsOf(schema);
  const found = merge(layers);
  const problems = layers.flatMap((layer) => layer.problems);

  const missing = [...settings.keys()].filter((key) => settings.get(key)?.required === true && !found.has(key));
  if (missing.length > 0) throw new ConfigError([...problems, ...missingProblems(missing, settings, problems)]);

  const values = new Map([...found].map(([key, { value }]) => [key, value]));
  const config = typedConfig(schema, checkWithConvict(schema, values));
  const describe = () => describeSettings(settings, found);

  const broken = rules.filter(
    (rule) => canJudge(rule, problems) && !rule.holds(config, (key) => found.get(key)?.source),
  );
  problems.push(...broken.map((rule) => ruleProblem(rule, describe())));
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    config,
    describe,
    secretFile: (key) => found.get(key)?.file,
  };
}

function missingProblems(
  missing: readonly string[],
  settings: ReadonlyMap<string, Setting>,
  problems: readonly Problem[],
): Problem[] {
  // A key that is set, but wrongly, is not missing too.
  const silent = missing.filter((key) => problems.every((problem) => problem.key !== key));
  return silent.map((key) => ({
    key,
    origin: 'not set',
    expected: `${settings.get(key)?.format.expected}; it is required`,
  }));
}

/** Where a value the rule looks at is wrong, or a file could not be read, it would judge a value that nobody wants. */
function canJudge<Config>(rule: Rule<Config>, problems: readonly Problem[]): boolean {
  return problems.every(({ key }) => key !== undefined && !rule.keys.includes(key));
}

/** Names every value that takes part and where it is from: the one to change may not be the first. */
function ruleProblem<Config>(rule: Rule<Config>, described: readonly SettingDescription[]): Problem {
  const [key, ...others] = rule.keys;
  const about = (name: string) => {
    const { value, origin = 'not set' } = described.find((setting) => setting.key === name) ?? {};
    return { origin, value: shown(value, { secret: false }) };
  };
  const involved = others.map((name) => `${name} is ${about(name).value} from ${about(name).origin}`);
  return { key, expected: `${rule.expected} (${involved.join(', ')})`, ...about(key) };
}
