import { isMap, isNode, isScalar, type Pair, parseDocument } from 'yaml';

/**
 * Returns a Markdown table of a chart's values: each with its default and the comment next to it or above it.
 *
 * @throws Error when a value has no comment.
 */
export function valuesTable(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('the values are not a map');
  const rows = contents.items.flatMap((pair) => rowsOf(pair, '', valuesYaml));
  return ['| value | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** Returns one row for a value, or a row for each value of a section. A map in flow style (`{ a: 1 }`) is a value. */
function rowsOf(pair: Pair, prefix: string, source: string): string[] {
  const { key, value } = pair;
  if (!isScalar(key)) throw new Error(`a key under ${prefix} is not a scalar`);
  const name = `${prefix}${key.value}`;
  const comment = (isNode(value) && value.comment?.trim()) || commentAbove(source, key.range?.[0] ?? 0);
  if (isMap(value) && value.flow !== true) {
    const inner = value.items.flatMap((item) => rowsOf(item, `${name}.`, source));
    return comment === '' ? inner : [`| \`${name}\` | | ${comment} |`, ...inner];
  }
  if (comment === '') throw new Error(`${name} has no comment`);
  // The source text of the value, joined to one line.
  const [start, end] = (isNode(value) && value.range) || [0, 0];
  const text = source.slice(start, end).replaceAll(/\s+/g, ' ');
  return [`| \`${name}\` | \`${text}\` | ${comment} |`];
}

/** Returns the comment directly above the line that contains the offset, joined to one line. */
function commentAbove(source: string, offset: number): string {
  const lines = source.slice(0, offset).split('\n').slice(0, -1);
  const first = lines.findLastIndex((line) => !line.trim().startsWith('#')) + 1;
  return lines
    .slice(first)
    .map((line) => line.replace(/^\s*#\s*/, ''))
    .join(' ');
}
