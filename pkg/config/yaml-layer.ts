import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import type { Problem } from './config-error.ts';
import type { Entry, Layer } from './layer.ts';
import { isSetting, type Schema } from './schema.ts';
import { pathFrom, readTextFile } from './text-file.ts';

export interface YamlLayerOptions {
  readonly source: 'repository' | 'mounted';
  /** Origins name the file as seen from here. */
  readonly cwd: string;
  /** What an absent file is: an error that says `missingHint`, or a layer without values. */
  readonly missing: 'error' | 'empty';
  readonly missingHint?: string;
  /**
   * What a file without a value is, one of white space and comments included: an error, or a layer without values.
   * A file that was truncated looks the same, so where that can happen, `{}` has to say that nothing is set.
   */
  readonly blank: 'error' | 'empty';
}

/** Reads one YAML file (1.2, one document, no aliases) as a layer. */
export function readYamlLayer(schema: Schema, path: string, options: YamlLayerOptions): Layer {
  const { source } = options;
  const name = pathFrom(options.cwd, path);
  const file = readTextFile(path);
  if ('text' in file) return { source, ...parseYaml(schema, name, file.text, options) };
  if (file.missing && options.missing === 'empty') return { source, entries: [], problems: [] };
  const hint = file.missing && options.missingHint !== undefined ? `; ${options.missingHint}` : '';
  return { source, entries: [], problems: [{ origin: name, expected: `a readable file (${file.failure})${hint}` }] };
}

/** A file on its way to becoming a layer. */
interface Reading {
  readonly originAt: (node: unknown) => string;
  /** A node of the parser as the plain value that it stands for. */
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

/** Walks a mapping and the schema's group side by side, down to the settings. */
function collect(mapping: YAMLMap, group: Schema, prefix: string, reading: Reading): void {
  for (const { key: keyNode, value: valueNode } of mapping.items) {
    const word = isScalar(keyNode) ? String(keyNode.value) : '(not a word)';
    const key = prefix + word;
    const origin = reading.originAt(keyNode);
    // Own properties only: `constructor` and `__proto__` are unknown keys like any other.
    const node = Object.hasOwn(group, word) ? group[word] : undefined;
    if (word.includes('.')) {
      reading.problems.push({ key, origin, expected: 'nested mappings instead of dots in a key' });
    } else if (node === undefined) {
      // What is under a key that nobody knows is not looked at: the key is the one thing to put right.
      reading.entries.push({ key, origin, raw: { yaml: undefined } });
    } else if (isSetting(node)) {
      reading.entries.push({ key, origin, raw: { yaml: reading.plain(valueNode) } });
    } else if (isMap(valueNode)) {
      collect(valueNode, node, `${key}.`, reading);
    } else if (!isNull(valueNode)) {
      // Null is a section whose lines are all commented out. Anything else is not repeated: it may be a secret.
      reading.problems.push({ key, origin, expected: 'a mapping of keys to values' });
    }
  }
}

/**
 * What the parser complains of, and aliases: they save nothing in a file this small and can be made to explode. A file
 * that is `broken` says nothing reliable; one that has a key twice can still be searched for further mistakes.
 */
function faults(
  document: Document.Parsed,
  lineAt: (offset: number) => string,
  originAt: (node: unknown) => string,
): { broken: boolean; problems: Problem[] } {
  const complaints = [...document.errors, ...document.warnings];
  const problems = complaints.map(({ code, message, pos }): Problem => {
    const expected = code === 'DUPLICATE_KEY' ? 'each key only once' : `well-formed YAML (${message})`;
    return { origin: lineAt(pos[0]), expected };
  });
  let broken = complaints.some(({ code }) => code !== 'DUPLICATE_KEY');
  visit(document, {
    Alias: (_, alias) => {
      broken = true;
      problems.push({ origin: originAt(alias), expected: `the value itself instead of the alias *${alias.source}` });
    },
  });
  return { broken, problems };
}
