import { type Problem, shown } from './config-error.ts';
import { suggestion } from './nearest.ts';
import { isOptional, type Schema, SECRET_NOT_FROM, type Setting, type Source, settingsOf } from './schema.ts';

/** Values as one source has them, not yet looked at. Reading a source again gives a new layer. */
export interface Layer {
  readonly source: Source;
  readonly entries: readonly Entry[];
  /** What went wrong while reading. */
  readonly problems: readonly Problem[];
  /** Whether its entries are written one by one, so that a mistake in one says nothing of the others. Default: false. */
  readonly separable?: boolean;
}

export interface Entry {
  readonly key: string;
  readonly origin: string;
  /** Decoded by a YAML parser, or plain text. */
  readonly raw: { readonly yaml: unknown } | { readonly text: string };
  /** Absolute path of the file that holds this value and nothing else. */
  readonly file?: string;
}

/** A layer after every value in it was held against the schema. */
export interface ParsedLayer {
  readonly source: Source;
  readonly values: ReadonlyMap<string, Found>;
  readonly problems: readonly Problem[];
  readonly separable?: boolean;
}

export interface Found {
  /** `undefined` means that an optional setting was set to none (`null` in YAML). */
  readonly value: unknown;
  readonly origin: string;
  readonly source: Source;
  readonly file?: string;
}

/** The schema's defaults, as a layer like any other: a default that does not fit its own format is found out too. */
export function defaultLayer(schema: Schema): Layer {
  const entries: Entry[] = [];
  for (const [key, setting] of settingsOf(schema)) {
    if (setting.default !== undefined) entries.push({ key, origin: 'default', raw: { yaml: setting.default } });
  }
  return { source: 'default', entries, problems: [] };
}

/** Checks a whole layer, also the values that a later layer will override: a mistake is one before it is uncovered. */
export function parseLayer(schema: Schema, layer: Layer): ParsedLayer {
  const settings = settingsOf(schema);
  const values = new Map<string, Found>();
  const problems = [...layer.problems];
  for (const entry of layer.entries) {
    const { key, origin } = entry;
    const setting = settings.get(key);
    if (setting === undefined) {
      problems.push(unknownKey(entry, settings));
    } else if (refusedSources(setting).includes(layer.source)) {
      problems.push({ key, origin, expected: otherSource(setting, layer.source) });
    } else {
      const value = parse(setting, entry);
      if (value === MISFIT) problems.push(misfit(setting, entry));
      else
        values.set(key, { value, origin, source: layer.source, ...(entry.file !== undefined && { file: entry.file }) });
    }
  }
  return { source: layer.source, values, problems, separable: layer.separable === true };
}

/**
 * Returns what can be used of a layer: all of it, or of a separable one the keys without a problem. A key with one keeps
 * the value that `inUse`, the same layer before, has. A layer that is not separable keeps its problems.
 */
export function usablePart(layer: ParsedLayer, inUse?: ParsedLayer): ParsedLayer {
  const { values, problems, separable } = layer;
  if (!separable || problems.some(({ key }) => key === undefined)) return layer;
  const bad = new Set(problems.map(({ key }) => key));
  const kept = [...(inUse?.values ?? [])].filter(([key]) => bad.has(key));
  return { ...layer, values: new Map([...kept, ...values]), problems: [] };
}

const MISFIT = Symbol('misfit');

function parse(setting: Setting, { raw }: Entry): unknown {
  if ('text' in raw) return setting.format.fromText(raw.text) ?? MISFIT;
  if (raw.yaml === null && isOptional(setting)) return undefined;
  return setting.format.fromYaml(raw.yaml) ?? MISFIT;
}

function misfit(setting: Setting, { key, origin, raw }: Entry): Problem {
  const { expected } = setting.format;
  if ('text' in raw && raw.text === '') return { key, origin, expected: `${expected}; it is set but empty` };
  const value = shown('text' in raw ? raw.text : raw.yaml, { secret: setting.secret === true });
  return { key, origin, expected, value };
}

function unknownKey({ key, origin }: Entry, settings: ReadonlyMap<string, Setting>): Problem {
  const inside = [...settings.keys()].find((known) => known.startsWith(`${key}.`));
  const hint = inside === undefined ? suggestion(key, settings.keys()) : `; did you mean one in it, such as ${inside}?`;
  // No value: a misspelt key may be a secret's.
  return { key, origin, expected: `a known key${hint}` };
}

function refusedSources(setting: Setting): readonly Source[] {
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
  const refused = refusedSources(setting);
  const allowed = Object.entries(SOURCE_NAMES).filter(([name]) => !refused.some((other) => other === name));
  const what = setting.secret === true ? 'this secret' : 'this key';
  const here = source === 'default' ? 'the schema' : SOURCE_NAMES[source];
  return `${what} in ${allowed.map(([, name]) => name).join(' or ')}, never in ${here}`;
}
