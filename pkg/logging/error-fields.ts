/** Further properties that are logged if they are strings, numbers or booleans. They help to locate the error. */
const FIELDS = ['status', 'statusCode', 'errno', 'syscall', 'hostname', 'address', 'port', 'path', 'key'];

const MAX_DEPTH = 5;
/** Limits both the errors of an AggregateError and all errors in one line. */
const MAX_ERRORS = 10;
const MAX_TEXT = 4_000;
const MAX_STACK = 16_000;

export interface ErrorFields {
  type: string;
  message?: string;
  stack?: string;
  cause?: unknown;
  errors?: unknown[];
  [field: string]: unknown;
}

/**
 * Returns the loggable form of an error: its type, message, code, stack, cause, errors, and the properties in
 * {@link FIELDS}. Omits all others, because a driver's error often references its client with the password. Returns a
 * primitive value unchanged, except that long strings are truncated.
 */
export function errorFields(error: unknown): unknown {
  return describe(error, { depth: 0, budget: { left: MAX_ERRORS } });
}

function describe(error: unknown, { depth, budget }: { depth: number; budget: { left: number } }): unknown {
  if (typeof error === 'string') return cut(error, MAX_TEXT);
  if (typeof error === 'function' || typeof error === 'symbol') return String(error);
  if (typeof error !== 'object' || error === null) return error;
  if (depth > MAX_DEPTH || budget.left === 0) return '…';
  budget.left--;
  const inner = { depth: depth + 1, budget };
  const fields: ErrorFields = { type: typeOf(error) };
  add(fields, 'message', read(error, 'message'), MAX_TEXT);
  add(fields, 'code', read(error, 'code'), MAX_TEXT);
  for (const name of FIELDS) add(fields, name, read(error, name), MAX_TEXT);
  add(fields, 'stack', read(error, 'stack'), MAX_STACK);
  const cause = read(error, 'cause');
  if (cause !== undefined) fields.cause = describe(cause, inner);
  const errors = read(error, 'errors');
  if (error instanceof AggregateError && Array.isArray(errors)) {
    fields.errors = errors.slice(0, MAX_ERRORS).map((one) => describe(one, inner));
  }
  return fields;
}

function add(fields: ErrorFields, name: string, value: unknown, limit: number): void {
  if (typeof value === 'string') fields[name] = cut(value, limit);
  else if (typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
}

/** Prefers the class name to the `name` property, which most subclasses do not set. */
function typeOf(error: object): string {
  const type = read(error, 'constructor');
  const name = typeof type === 'function' ? read(type, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : String(read(error, 'name') ?? 'Object');
}

/** Reads a property. Its getter, or a proxy, may throw. */
function read(from: object, name: string): unknown {
  try {
    return Reflect.get(from, name);
  } catch {
    return undefined;
  }
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
