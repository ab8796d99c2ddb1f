import { readBody } from './body.ts';
import type { CallOptions, CommonArguments, ConsulClient, ConsulResponse } from './client.ts';
import { type CallDescription, isConsulError } from './errors.ts';

/** One key and its value: https://developer.hashicorp.com/consul/api-docs/kv */
export interface KvEntry {
  readonly key: string;
  /** UTF-8. */
  readonly value: string;
  /** Increases with each change of the key, even across deletion; used for compare-and-set. */
  readonly modifyIndex: number;
  /** The session that holds the key as a lock. */
  readonly session: string | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Whether the leader first confirms with a quorum that it still leads. By default, it relies on its lease. */
  consistent?: boolean | undefined;
  /** For a blocking query: see `followBlockingQuery`. */
  blocking?: { readonly index: string; readonly waitMs: number } | undefined;
}

export interface KvRead<T> {
  readonly value: T;
  /** `X-Consul-Index`, for a blocking query. */
  readonly index: string | undefined;
}

/** A condition or change in a transaction. */
export type KvOperation =
  /** Writes if the key was last changed at this index, or with index 0 if the key does not exist. */
  | { readonly verb: 'cas'; readonly key: string; readonly value: string; readonly index: number }
  /** Deletes if the key was last changed at this index or does not exist. */
  | { readonly verb: 'delete-cas'; readonly key: string; readonly index: number }
  /** Succeeds if the key was last changed at this index. */
  | { readonly verb: 'check-index'; readonly key: string; readonly index: number }
  /** Succeeds if this session holds the lock on the key. */
  | { readonly verb: 'check-session'; readonly key: string; readonly session: string };

export interface ConsulKv {
  get(key: string, options?: ReadOptions): Promise<KvRead<KvEntry | undefined>>;
  /** Returns all entries below a prefix, ordered by the bytes of their keys. */
  list(prefix: string, options?: ReadOptions): Promise<KvRead<KvEntry[]>>;
  /** Returns the keys below a prefix, without their values. */
  keys(prefix: string, options?: ReadOptions): Promise<string[]>;
  /**
   * Applies all operations atomically, or none if a condition fails.
   *
   * @returns the new `modifyIndex` of each key written, or `undefined` if a condition failed.
   */
  transact(operations: readonly KvOperation[], options?: CallOptions): Promise<number[] | undefined>;
  /** Acquires the lock on a key. Returns false while another session holds it, or during the lock delay. */
  acquire(key: string, value: string, session: string, options?: CallOptions): Promise<boolean>;
  release(key: string, session: string, options?: CallOptions): Promise<boolean>;
}

export function createKv(client: ConsulClient): ConsulKv {
  const readRule = (prefix: string): string => `key_prefix "${prefix}" { policy = "read" }`;
  const writeRule = (key: string): string => `key_prefix "${key}" { policy = "write" }`;

  async function lock(what: 'acquire' | 'release', key: string, session: string, value: string, options: CallOptions) {
    const description = { operation: `${what} lock ${key}`, rule: writeRule(key) };
    const { body } = await client.call(description, options, (consul, common) =>
      consul.kv.set({ key, value, [what]: session, ...common }),
    );
    return readBody(description.operation).boolean(body);
  }

  return {
    async get(key, options = {}) {
      const description = { operation: `read key ${key}`, rule: readRule(key) };
      const response = await client.call(description, options, (consul, common) =>
        consul.kv.get({ key, ...common, ...readArguments(options) }),
      );
      const [entry] = response.body === undefined ? [] : entriesOf(response, description);
      return { value: entry, index: indexOf(response) };
    },

    async list(prefix, options = {}) {
      const description = { operation: `list keys below ${prefix}`, rule: readRule(prefix) };
      const response = await client.call(description, options, (consul, common) =>
        consul.kv.get({ key: prefix, recurse: true, ...common, ...readArguments(options) }),
      );
      return { value: response.body === undefined ? [] : entriesOf(response, description), index: indexOf(response) };
    },

    async keys(prefix, options = {}) {
      const description = { operation: `list keys below ${prefix}`, rule: readRule(prefix) };
      try {
        const { body } = await client.call(description, options, (consul, common) =>
          consul.kv.keys({ key: prefix, ...common, ...readArguments(options) }),
        );
        return Array.isArray(body) ? body.filter((key) => typeof key === 'string') : [];
      } catch (error) {
        // The package throws if the prefix has no keys.
        if (isConsulError(error) && error.status === 404) return [];
        throw error;
      }
    },

    async transact(operations, options = {}) {
      const keys = operations.map(({ key }) => key).join(', ');
      const description = { operation: `change ${keys}`, rule: operations.map(({ key }) => writeRule(key)).join(' ') };
      const body = operations.map(transactionOperation);
      try {
        const response = await client.call(description, options, (consul, common) => transact(consul, body, common));
        return modifyIndexes(response, description);
      } catch (error) {
        if (isConsulError(error, 'CONSUL_CONFLICT')) return undefined;
        throw error;
      }
    },

    acquire: (key, value, session, options = {}) => lock('acquire', key, session, value, options),
    release: (key, session, options = {}) => lock('release', key, session, '', options),
  };
}

interface KvTransaction {
  Verb: string;
  Key: string;
  Value?: string;
  Index?: number;
  Session?: string;
}

function transactionOperation(operation: KvOperation): { KV: KvTransaction } {
  const { verb, key } = operation;
  if (verb === 'check-session') return { KV: { Verb: verb, Key: key, Session: operation.session } };
  if (verb !== 'cas') return { KV: { Verb: verb, Key: key, Index: operation.index } };
  return {
    KV: { Verb: verb, Key: key, Value: Buffer.from(operation.value).toString('base64'), Index: operation.index },
  };
}

function transact(consul: object, operations: readonly object[], common: CommonArguments): Promise<unknown> {
  // The types declare flat operations in lower case, but the package sends them unchanged and Consul expects this form.
  const { transaction } = consul as { transaction: { create(...args: unknown[]): Promise<unknown> } };
  return transaction.create(operations, common);
}

/** Returns `GET` arguments that the package passes on although its types do not declare them. */
function readArguments({ consistent, blocking }: ReadOptions): object {
  return {
    ...(consistent === true && { consistent: true }),
    ...(blocking !== undefined && { index: blocking.index, wait: `${blocking.waitMs}ms` }),
  };
}

function entriesOf({ body }: ConsulResponse, { operation }: CallDescription): KvEntry[] {
  const read = readBody(operation);
  return read.objects(body).map((item) => ({
    key: read.string(item, 'Key'),
    // Already decoded by the package; an empty value is null.
    value: Reflect.get(item, 'Value') === null ? '' : read.string(item, 'Value'),
    modifyIndex: read.integer(item, 'ModifyIndex'),
    session: 'Session' in item ? read.string(item, 'Session') : undefined,
  }));
}

function modifyIndexes({ body }: ConsulResponse, { operation }: CallDescription): number[] {
  const read = readBody(operation);
  return read
    .objects(body)
    .flatMap((response) => ('Results' in response && response.Results !== null ? read.objects(response.Results) : []))
    .flatMap((result) => ('KV' in result ? read.objects(result.KV) : []))
    .map((entry) => read.integer(entry, 'ModifyIndex'));
}

function indexOf({ headers }: ConsulResponse): string | undefined {
  const index = headers['x-consul-index'];
  return typeof index === 'string' ? index : undefined;
}
