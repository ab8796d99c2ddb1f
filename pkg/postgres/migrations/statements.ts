/** A statement of a file of SQL. */
export interface Statement {
  readonly text: string;
  /** Index of its first character in the file. */
  readonly offset: number;
}

/**
 * A token of SQL that may contain a semicolon, or a semicolon, or a run of other characters. In order: a string with
 * backslash escapes, a string, a quoted identifier, a dollar-quoted string, a comment to the end of the line, and a comment
 * that may contain one level of others.
 */
const TOKEN =
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*[\s\S]*?\*\/)*\*\/|;|[\s\S]/g;

/**
 * Splits a file into statements. PostgreSQL runs statements that are sent together in one transaction, so those that cannot
 * run in a transaction must be sent one by one.
 */
export function splitStatements(sql: string): readonly Statement[] {
  const statements: Statement[] = [];
  let start = 0;
  let isEmpty = true;
  const end = (index: number) => {
    const text = sql.slice(start, index);
    const offset = start + text.length - text.trimStart().length;
    if (!isEmpty) statements.push({ text: text.trim(), offset });
    start = index + 1;
    isEmpty = true;
  };
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (token === ';') end(index);
    else if (!/^(?:\s|--|\/\*)/.test(token)) isEmpty = false;
  }
  end(sql.length);
  return statements;
}
