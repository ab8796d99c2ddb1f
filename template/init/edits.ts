/** Changes the text of a file. Throws if the text to change is not there. */
export type Edit = (text: string) => string;

/** Replaces a text, which must occur once. */
export function replace(from: string, to: string): Edit {
  return (text) => {
    const [before, after, ...more] = text.split(from);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`expected once: ${JSON.stringify(from)}`);
    }
    return before + to + after;
  };
}

/** Removes a text, which must occur once. */
export function cut(text: string): Edit {
  return replace(text, '');
}

/** Removes every line that matches. */
export function cutLines(pattern: RegExp): Edit {
  return (text) => {
    const lines = text.split('\n');
    const kept = lines.filter((line) => !pattern.test(line));
    if (kept.length === lines.length) throw new Error(`expected a line that matches ${pattern}`);
    return kept.join('\n');
  };
}

/** Removes every match. */
export function cutAll(pattern: RegExp): Edit {
  return (text) => {
    const rest = text.replaceAll(pattern, '');
    if (rest === text) throw new Error(`expected a match of ${pattern}`);
    return rest;
  };
}

/** Replaces the only match. */
export function replaceMatch(pattern: RegExp, to: string): Edit {
  const all = new RegExp(pattern, `${pattern.flags}g`);
  return (text) => {
    const found = [...text.matchAll(all)];
    if (found.length !== 1) throw new Error(`expected one match of ${pattern}, and not ${found.length}`);
    return text.replace(pattern, () => to);
  };
}

/** Removes the only match. */
export function cutMatch(pattern: RegExp): Edit {
  return replaceMatch(pattern, '');
}

/**
 * Removes a member or an item of YAML, found by its first line without the indentation, together with everything nested
 * in it and the comment above it.
 */
export function cutBlock(firstLine: RegExp): Edit {
  return (text) => {
    const lines = text.split('\n');
    const start = lines.findIndex((line) => firstLine.test(line.trimStart()));
    if (start === -1) throw new Error(`expected a block that begins ${firstLine}`);
    const indentation = /^ */.exec(lines[start] ?? '')?.[0].length ?? 0;
    const isInside = (line: string) => line.trim() === '' || line.search(/\S/) > indentation;
    let end = start + 1;
    while (end < lines.length && isInside(lines[end] ?? '')) end += 1;
    // Keeps blank lines after it as separators.
    while (lines[end - 1]?.trim() === '') end -= 1;
    const comment = `${' '.repeat(indentation)}#`;
    let begin = start;
    while (begin > 0 && lines[begin - 1]?.startsWith(comment)) begin -= 1;
    const isLoose = (lines[begin - 1] ?? '').trim() === '' && (lines[end] ?? '').trim() === '';
    lines.splice(begin, end - begin + (isLoose ? 1 : 0));
    return lines.join('\n');
  };
}

/**
 * Removes an entry of a list in TypeScript: the last that matches, because imports come first. The formatter fixes the
 * layout of the rest.
 */
export function cutEntry(entry: string): Edit {
  const pattern = new RegExp(`(?<=(?:[[{(,]|//[^\n]*\n)\\s*)${escaped(entry)}\\s*(?:,|(?=[\\]})]))`, 'g');
  return (text) => {
    const found = [...text.matchAll(pattern)].at(-1);
    if (found === undefined) throw new Error(`expected an entry ${JSON.stringify(entry)}`);
    return text.slice(0, found.index) + text.slice(found.index + found[0].length);
  };
}

/** Removes a Markdown section with its heading (`## Consul`), up to the next heading of the same or a higher rank. */
export function cutSection(heading: string): Edit {
  return (text) => {
    const lines = text.split('\n');
    const start = lines.indexOf(heading);
    if (start === -1) throw new Error(`expected the heading ${JSON.stringify(heading)}`);
    const rank = heading.indexOf(' ');
    const ends = new RegExp(`^#{1,${rank}} `);
    let fenced = false;
    const length = lines.slice(start + 1).findIndex((line) => {
      if (line.startsWith('```')) fenced = !fenced;
      return !fenced && ends.test(line);
    });
    lines.splice(start, length === -1 ? lines.length - start : length + 1);
    return `${lines.join('\n').trimEnd()}\n`;
  };
}

/** Removes the Markdown paragraphs that begin with a text. */
export function cutParagraph(beginning: string): Edit {
  return (text) => {
    const paragraphs = text.split(/\n{2,}/);
    const kept = paragraphs.filter((paragraph) => !paragraph.startsWith(beginning));
    if (kept.length === paragraphs.length)
      throw new Error(`expected a paragraph that begins ${JSON.stringify(beginning)}`);
    return `${kept.join('\n\n').trimEnd()}\n`;
  };
}

/** Changes a JSON document in place. */
export function editJson(change: (document: Record<string, unknown>) => void): Edit {
  return (text) => {
    const document: unknown = JSON.parse(text);
    if (!isObject(document)) throw new Error('expected a JSON object');
    change(document);
    return `${JSON.stringify(document, null, 2)}\n`;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
