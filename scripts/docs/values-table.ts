import { isMap, isNode, isScalar, type Pair, parseDocument } from 'yaml';

/**
 * A Markdown table of a chart's values, each with its default and the comment beside or above it.
 *
 * @throws Error when a value has no comment.
 */
export function valuesTable(valuesYaml: string): string {
  const { contents } = parseDocument(valuesYaml);
  if (!isMap(contents)) throw new Error('the values are not a map');
  const rows = contents.items.flatMap((pair) => rowsOf(pair, '', valuesYaml));
  return ['| value | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** A row for a value, or for each of those in a section; what is written in one line is a value. */
function rowsOf(pair: Pair, prefix: string, source: string): string[] {
  const { key, value } = pair;
  if (!isScalar(key)) throw new Error(`a key below ${prefix} is not plain`);
  const name = `${prefix}${key.value}`;
  const comment = (isNode(value) && value.comment?.trim()) || commentAbove(source, key.range?.[0] ?? 0);
  if (isMap(value) && value.flow !== true) {
    const inner = value.items.flatMap((item) => rowsOf(item, `${name}.`, source));
    return comment === '' ? inner : [`| \`${name}\` | | ${comment} |`, ...inner];
  }
  if (comment === '') throw new Error(`${name} has no comment`);
  // As it is written there, in one line.
  const [start, end] = (isNode(value) && value.range) || [0, 0];
  const text = source.slice(start, end).replaceAll(/\s+/g, ' ');
  return [`| \`${name}\` | \`${text}\` | ${comment} |`];
}

/** The lines of comment that stand directly above the line of an offset, as one. */
function commentAbove(source: string, offset: number): string {
  const lines = source.slice(0, offset).split('\n').slice(0, -1);
  const first = lines.findLastIndex((line) => !line.trim().startsWith('#')) + 1;
  return lines
    .slice(first)
    .map((line) => line.replace(/^\s*#\s*/, ''))
    .join(' ');
}
