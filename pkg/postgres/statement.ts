/** What telemetry says about a statement. It contains no values. */
export interface StatementDescription {
  /** The statement, with a question mark in place of each literal. */
  readonly text: string;
  /** Upper case: `SELECT`, `BEGIN`. */
  readonly operation: string;
  /** The first table, as written; empty if there is none. */
  readonly collection: string;
  /** Operation and table. */
  readonly summary: string;
}

/** Maximum number of descriptions that are kept. Statements are constants of the program, so there are few. */
const MAX_DESCRIPTIONS = 1_000;

const MAX_TEXT = 2_000;

const descriptionLimit = new RegExp(`^[\\s\\S]{${MAX_TEXT}}(?=[\\s\\S])`);

/** A comment, a dollar-quoted, escaped or plain string, a quoted identifier, a parameter or name, or a number. */
const TOKEN =
  /--[^\n]*|\/\*.*?\*\/|\$(\w*)\$.*?\$\1\$|\bE'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|[A-Za-z_][\w$]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?/gis;

const COLLECTION = /\b(?:FROM|INTO|UPDATE|TABLE|JOIN)\s+(?:ONLY\s+)?((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)/i;

/** Describes a statement for spans, metrics and logs (OpenTelemetry semantic conventions for databases). */
export function describeStatement(sql: string): StatementDescription {
  const text = withoutLiterals(sql)
    .replace(descriptionLimit, (start) => `${start}…`)
    .slice(0, MAX_TEXT + 1);
  const [first = ''] = /[a-z]+/i.exec(text) ?? [];
  const operation = operationOf(first.toUpperCase(), text);
  const collection = COLLECTION.exec(text)?.[1]?.replaceAll('"', '') ?? '';
  return { text, operation, collection, summary: collection === '' ? operation : `${operation} ${collection}` };
}

/** Creates `describeStatement` with a cache. */
export function createStatementDescriptions(): (sql: string) => StatementDescription {
  const known = new Map<string, StatementDescription>();
  return (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const description = describeStatement(sql);
    if (known.size < MAX_DESCRIPTIONS) known.set(sql, description);
    return description;
  };
}

/** Replaces literals, which are values, and removes comments. */
function withoutLiterals(sql: string): string {
  return sql
    .replace(TOKEN, (token, tag) => {
      if (token.startsWith('--') || token.startsWith('/*')) return ' ';
      const isString = tag !== undefined || token.startsWith("'") || /^E'/i.test(token);
      return isString || /^\d/.test(token) ? '?' : token;
    })
    .trim();
}

/** A statement that starts with `WITH` is named after what it does in the end. */
function operationOf(first: string, text: string): string {
  if (first !== 'WITH') return first;
  const [, main = 'SELECT'] =
    /\)\s*(SELECT|INSERT|UPDATE|DELETE|MERGE)\b(?!.*\)\s*(?:SELECT|INSERT|UPDATE|DELETE|MERGE)\b)/is.exec(text) ?? [];
  return main.toUpperCase();
}
