import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import type { Problem } from './config-error.ts';
import type { Entry, Layer } from './layer.ts';
import { isSetting, type Schema } from './schema.ts';
import { displayPath, readTextFile } from './text-file.ts';

export interface YamlLayerOptions {
  readonly source: 'repository' | 'mounted';
  /** Origins name the file relative to this directory. */
  readonly cwd: string;
  /** Whether a missing file is an error (with `missingHint`) or an empty layer. */
  readonly missing: 'error' | 'empty';
  readonly missingHint?: string;
  /**
   * Whether a file with nothing but white space and comments is an error or an empty layer. A truncated file looks the
   * same, so where truncation is possible, use `error` and require `{}` in a file that sets nothing.
   */
  readonly blank: 'error' | 'empty';
}

/** Reads a YAML file (version 1.2, one document, no aliases) as a layer. */
export function readYamlLayer(schema: Schema, path: string, options: YamlLayerOptions): Layer {
  const { source } = options;
  const name = displayPath(options.cwd, path);
  const file = readTextFile(path);
  if ('text' in file) return { source, ...parseYaml(schema, name, file.text, options) };
  if (file.missing && options.missing === 'empty') return { source, entries: [], problems: [] };
  const hint = file.missing && options.missingHint !== undefined ? `; ${options.missingHint}` : '';
  return { source, entries: [], problems: [{ origin: name, expected: `a readable file (${file.failure})${hint}` }] };
}

/** State while a file is being read. */
interface Reading {
  readonly originAt: (node: unknown) => string;
  /** Converts a parser node to a plain value. */
  readonly plain: (node: unknown) => unknown;
  readonly entries: Entry[];
  readonly problems: Problem[];
}

function parseYaml(
  schema: Schema,
  name: string,
  text: string,
  { blank }: Pick<YamlLayerOptions, 'blank'>,
): Pick<Layer, 'entries' | 'problems'> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const lineAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  const originAt = (node: unknown) => lineAt(isNode(node) ? (node.range?.[0] ?? 0) : 0);
  const plain = (node: unknown): unknown => (isNode(node) ? node.toJS(document) : node);

  const { broken, problems } = faults(document, lineAt, originAt);
  const reading: Reading = { originAt, plain, entries: [], problems };
  const top = document.contents;
  if (broken || (isNull(top) && blank === 'empty')) return reading;
  if (isNull(top))
    problems.push({ origin: name, expected: 'a mapping of keys to values, or {} for none; it is empty' });
  else if (isMap(top)) collect(top, schema, '', reading);
  else problems.push({ origin: originAt(top), expected: 'a mapping of keys to values' });
  return reading;
}

function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** Walks a mapping and the matching schema group in parallel, down to the settings. */
function collect(mapping: YAMLMap, group: Schema, prefix: string, reading: Reading): void {
  for (const { key: keyNode, value: valueNode } of mapping.items) {
    const word = isScalar(keyNode) ? String(keyNode.value) : '(not a scalar)';
    const key = prefix + word;
    const origin = reading.originAt(keyNode);
    // Checks own properties only, so that `constructor` and `__proto__` are unknown keys.
    const node = Object.hasOwn(group, word) ? group[word] : undefined;
    if (word.includes('.')) {
      reading.problems.push({ key, origin, expected: 'nested mappings instead of dots in a key' });
    } else if (node === undefined) {
      // The contents of an unknown key are ignored: the key itself is the mistake to fix.
      reading.entries.push({ key, origin, raw: { yaml: undefined } });
    } else if (isSetting(node)) {
      reading.entries.push({ key, origin, raw: { yaml: reading.plain(valueNode) } });
    } else if (isMap(valueNode)) {
      collect(valueNode, node, `${key}.`, reading);
    } else if (!isNull(valueNode)) {
      // Null is a section with all lines commented out. Any other value is not shown: it may be a secret.
      reading.problems.push({ key, origin, expected: 'a mapping of keys to values' });
    }
  }
}

/**
 * Collects parser errors and aliases. Aliases are rejected because they can expand exponentially and are of no use in a
 * small file. A `broken` file is not read further; one with a duplicate key is still checked for other mistakes.
 */
function faults(
  document: Document.Parsed,
  lineAt: (offset: number) => string,
  originAt: (node: unknown) => string,
): { broken: boolean; problems: Problem[] } {
  const parserErrors = [...document.errors, ...document.warnings];
  const problems = parserErrors.map(({ code, message, pos }): Problem => {
    const expected = code === 'DUPLICATE_KEY' ? 'each key at most once' : `well-formed YAML (${message})`;
    return { origin: lineAt(pos[0]), expected };
  });
  let broken = parserErrors.some(({ code }) => code !== 'DUPLICATE_KEY');
  visit(document, {
    Alias: (_, alias) => {
      broken = true;
      problems.push({ origin: originAt(alias), expected: `the value itself instead of the alias *${alias.source}` });
    },
  });
  return { broken, problems };
}
