import { ConfigError, displayValue, type Problem } from './config-error.ts';
import { checkWithConvict } from './convict-check.ts';
import { merge, type ParsedLayer } from './layer.ts';
import { describeSettings, type SettingDescription } from './print.ts';
import { type Schema, type Setting, type Source, settingsOf } from './schema.ts';
import { type ConfigOf, typedConfig } from './typed-config.ts';

/** A constraint between settings. */
export interface Rule<Config> {
  /** The settings that the rule compares; a violation is reported for the first. */
  readonly keys: readonly [string, ...string[]];
  /** Completes "expected …" for the first key's value. */
  readonly expected: string;
  /** `sourceOf` returns the source that set a key, or undefined if the key is not set. */
  holds(config: Config, sourceOf: (key: string) => Source | undefined): boolean;
}

/** A complete, valid configuration with the origin of each value. */
export interface Resolved<S extends Schema> {
  /** Deeply frozen. */
  readonly config: ConfigOf<S>;
  describe(): SettingDescription[];
  /** Returns the file that a secret was read from, if any: rotating the secret replaces that file. */
  secretFile(key: string): string | undefined;
}

/**
 * Merges layers, later ones over earlier ones, into a configuration.
 *
 * @throws ConfigError with the problems of all layers, every missing setting and every violated rule.
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
  problems.push(...missingProblems(missing, settings, problems));

  const values = new Map([...found].map(([key, { value }]) => [key, value]));
  // Without the missing settings, it is only used for the rules on others.
  const config = typedConfig(schema, checkWithConvict(schema, values, missing));
  const describe = () => describeSettings(settings, found);

  const violated = rules.filter(
    (rule) => canCheck(rule, problems) && !rule.holds(config, (key) => found.get(key)?.source),
  );
  problems.push(...violated.map((rule) => ruleProblem(rule, describe())));
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
  // A key with an invalid value is not also reported as missing.
  const unset = missing.filter((key) => problems.every((problem) => problem.key !== key));
  return unset.map((key) => ({
    key,
    origin: 'not set',
    expected: `${settings.get(key)?.format.expected}; it is required`,
  }));
}

/** A rule is skipped if one of its values is invalid or missing, or a file is unreadable: it would check values nobody intended. */
function canCheck<Config>(rule: Rule<Config>, problems: readonly Problem[]): boolean {
  return problems.every(({ key }) => key !== undefined && !rule.keys.includes(key));
}

/** Names every value in the rule with its origin: the value to change may not be the first. */
function ruleProblem<Config>(rule: Rule<Config>, described: readonly SettingDescription[]): Problem {
  const [key, ...others] = rule.keys;
  const about = (name: string) => {
    const { value, origin = 'not set' } = described.find((setting) => setting.key === name) ?? {};
    return { origin, value: displayValue(value, { secret: false }) };
  };
  const involved = others.map((name) => `${name} is ${about(name).value} from ${about(name).origin}`);
  return { key, expected: `${rule.expected} (${involved.join(', ')})`, ...about(key) };
}
