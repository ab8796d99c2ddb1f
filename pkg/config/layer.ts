import { displayValue, type Problem } from './config-error.ts';
import { suggestion } from './nearest.ts';
import { isOptional, type Schema, SECRET_NOT_FROM, type Setting, type Source, settingsOf } from './schema.ts';

/** The unparsed values of one source. Rereading a source creates a new layer. */
export interface Layer {
  readonly source: Source;
  readonly entries: readonly Entry[];
  /** Problems found while reading. */
  readonly problems: readonly Problem[];
  /** Whether entries are written independently, so that one mistake does not invalidate the others. Default: false. */
  readonly separable?: boolean;
}

export interface Entry {
  readonly key: string;
  readonly origin: string;
  /** Decoded by a YAML parser, or plain text. */
  readonly raw: { readonly yaml: unknown } | { readonly text: string };
  /** Absolute path of the file that contains only this value. */
  readonly file?: string;
}

/** A layer whose values have been checked against the schema. */
export interface ParsedLayer {
  readonly source: Source;
  readonly values: ReadonlyMap<string, Found>;
  readonly problems: readonly Problem[];
  readonly separable?: boolean;
}

export interface Found {
  /** `undefined` means that an optional setting was explicitly unset (`null` in YAML). */
  readonly value: unknown;
  readonly origin: string;
  readonly source: Source;
  readonly file?: string;
}

/** Returns the schema's defaults as a layer, so that a default that does not match its own format is reported too. */
export function defaultLayer(schema: Schema): Layer {
  const entries: Entry[] = [];
  for (const [key, setting] of settingsOf(schema)) {
    if (setting.default !== undefined) entries.push({ key, origin: 'default', raw: { yaml: setting.default } });
  }
  return { source: 'default', entries, problems: [] };
}

/** Merges layers: for each key, the last layer that sets it wins. */
export function merge(layers: readonly ParsedLayer[]): ReadonlyMap<string, Found> {
  return new Map(layers.flatMap(({ values }) => [...values]));
}

/** Checks every value of a layer, including those that a higher layer overrides: they may come into use later. */
export function parseLayer(schema: Schema, layer: Layer): ParsedLayer {
  const settings = settingsOf(schema);
  const values = new Map<string, Found>();
  const problems = [...layer.problems];
  for (const entry of layer.entries) {
    const { key, origin } = entry;
    const setting = settings.get(key);
    if (setting === undefined) {
      problems.push(unknownKey(entry, settings));
    } else if (rejectedSources(setting).includes(layer.source)) {
      problems.push({ key, origin, expected: otherSource(setting, layer.source) });
    } else {
      const value = parse(setting, entry);
      if (value === INVALID) problems.push(invalidValue(setting, entry));
      else
        values.set(key, { value, origin, source: layer.source, ...(entry.file !== undefined && { file: entry.file }) });
    }
  }
  return { source: layer.source, values, problems, separable: layer.separable === true };
}

/**
 * Returns the usable values of a layer. A separable layer loses its problems: a key with a problem keeps the value it
 * has in `inUse`, the previous version of the layer. Any other layer is returned unchanged, with its problems.
 */
export function usableLayer(layer: ParsedLayer, inUse?: ParsedLayer): ParsedLayer {
  const { values, problems, separable } = layer;
  if (!separable || problems.some(({ key }) => key === undefined)) return layer;
  const bad = new Set(problems.map(({ key }) => key));
  const kept = [...(inUse?.values ?? [])].filter(([key]) => bad.has(key));
  return { ...layer, values: new Map([...kept, ...values]), problems: [] };
}

const INVALID = Symbol('invalid');

function parse(setting: Setting, { raw }: Entry): unknown {
  if ('text' in raw) return setting.format.fromText(raw.text) ?? INVALID;
  if (raw.yaml === null && isOptional(setting)) return undefined;
  return setting.format.fromYaml(raw.yaml) ?? INVALID;
}

function invalidValue(setting: Setting, { key, origin, raw }: Entry): Problem {
  const { expected } = setting.format;
  if ('text' in raw && raw.text === '') return { key, origin, expected: `${expected}; it is set but empty` };
  const value = displayValue('text' in raw ? raw.text : raw.yaml, { secret: setting.secret === true });
  return { key, origin, expected, value };
}

function unknownKey({ key, origin }: Entry, settings: ReadonlyMap<string, Setting>): Problem {
  const child = [...settings.keys()].find((known) => known.startsWith(`${key}.`));
  const hint =
    child === undefined ? suggestion(key, settings.keys()) : `; did you mean a key below it, such as ${child}?`;
  // Omits the value: the misspelt key may be that of a secret.
  return { key, origin, expected: `a known key${hint}` };
}

function rejectedSources(setting: Setting): readonly Source[] {
  return [...(setting.notFrom ?? []), ...(setting.secret === true ? SECRET_NOT_FROM : [])];
}

const SOURCE_NAMES: Readonly<Record<Exclude<Source, 'default'>, string>> = {
  repository: "the repository's YAML",
  mounted: 'a mounted file',
  kv: 'the KV store',
  env: 'the environment',
  set: '--set',
};

function otherSource(setting: Setting, source: Source): string {
  const rejected = rejectedSources(setting);
  const allowed = Object.entries(SOURCE_NAMES).filter(([name]) => !rejected.some((other) => other === name));
  const what = setting.secret === true ? 'this secret' : 'this key';
  const here = source === 'default' ? 'the schema' : SOURCE_NAMES[source];
  return `${what} to come from ${allowed.map(([, name]) => name).join(' or ')}, not from ${here}`;
}
