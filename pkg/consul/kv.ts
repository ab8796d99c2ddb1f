import { readBody } from './body.ts';
import type { Answer, CallOptions, CommonArguments, ConsulClient } from './client.ts';
import { type CallDescription, isConsulError } from './errors.ts';

/** One key and its value: https://developer.hashicorp.com/consul/api-docs/kv */
export interface KvEntry {
  readonly key: string;
  /** UTF-8. */
  readonly value: string;
  /** Grows with each change of the key, also over its deletion; compare-and-set compares it. */
  readonly modifyIndex: number;
  /** The session that holds the key as a lock. */
  readonly session: string | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Whether the leader makes sure, with a majority, that it still is the leader. Default: it trusts its lease. */
  consistent?: boolean | undefined;
  /** For a blocking query: see `followBlockingQuery`. */
  blocking?: { readonly index: string; readonly waitMs: number } | undefined;
}

export interface KvRead<T> {
  readonly value: T;
  /** `X-Consul-Index`, for a blocking query. */
  readonly index: string | undefined;
}

/** A condition or a change, of which a transaction makes all or none. */
export type KvOperation =
  /** Writes if the key was last changed at this index; 0 if there is no such key. */
  | { readonly verb: 'cas'; readonly key: string; readonly value: string; readonly index: number }
  /** Deletes if the key was last changed at this index, or if there is no such key. */
  | { readonly verb: 'delete-cas'; readonly key: string; readonly index: number }
  /** Holds if the key was last changed at this index. */
  | { readonly verb: 'check-index'; readonly key: string; readonly index: number }
  /** Holds if this session has the lock on the key. */
  | { readonly verb: 'check-session'; readonly key: string; readonly session: string };

export interface ConsulKv {
  get(key: string, options?: ReadOptions): Promise<KvRead<KvEntry | undefined>>;
  /** All entries below a prefix, in the order of their keys' bytes. */
  list(prefix: string, options?: ReadOptions): Promise<KvRead<KvEntry[]>>;
  /** The keys below a prefix, without their values. */
  keys(prefix: string, options?: ReadOptions): Promise<string[]>;
  /**
   * Makes all of the operations or, when one of them does not hold, none.
   *
   * @returns the new `modifyIndex` of each key written, or `undefined` when a condition did not hold.
   */
  transact(operations: readonly KvOperation[], options?: CallOptions): Promise<number[] | undefined>;
  /** Takes the lock on a key for a session; false while another has it, or during the lock delay after one was lost. */
  acquire(key: string, value: string, session: string, options?: CallOptions): Promise<boolean>;
  release(key: string, session: string, options?: CallOptions): Promise<boolean>;
}

export function createKv(client: ConsulClient): ConsulKv {
  const reading = (prefix: string): string => `key_prefix "${prefix}" { policy = "read" }`;
  const writing = (key: string): string => `key_prefix "${key}" { policy = "write" }`;

  async function lock(what: 'acquire' | 'release', key: string, session: string, value: string, options: CallOptions) {
    const description = { operation: `${what} lock ${key}`, rule: writing(key) };
    const { body } = await client.call(description, options, (consul, common) =>
      consul.kv.set({ key, value, [what]: session, ...common }),
    );
    return readBody(description.operation).boolean(body);
  }

  return {
    async get(key, options = {}) {
      const description = { operation: `read key ${key}`, rule: reading(key) };
      const answer = await client.call(description, options, (consul, common) =>
        consul.kv.get({ key, ...common, ...readArguments(options) }),
      );
      const [entry] = answer.body === undefined ? [] : entriesOf(answer, description);
      return { value: entry, index: indexOf(answer) };
    },

    async list(prefix, options = {}) {
      const description = { operation: `list keys below ${prefix}`, rule: reading(prefix) };
      const answer = await client.call(description, options, (consul, common) =>
        consul.kv.get({ key: prefix, recurse: true, ...common, ...readArguments(options) }),
      );
      return { value: answer.body === undefined ? [] : entriesOf(answer, description), index: indexOf(answer) };
    },

    async keys(prefix, options = {}) {
      const description = { operation: `list keys below ${prefix}`, rule: reading(prefix) };
      try {
        const { body } = await client.call(description, options, (consul, common) =>
          consul.kv.keys({ key: prefix, ...common, ...readArguments(options) }),
        );
        return Array.isArray(body) ? body.filter((key) => typeof key === 'string') : [];
      } catch (error) {
        // Here the package throws for a prefix without keys.
        if (isConsulError(error) && error.status === 404) return [];
        throw error;
      }
    },

    async transact(operations, options = {}) {
      const keys = operations.map(({ key }) => key).join(', ');
      const description = { operation: `change ${keys}`, rule: operations.map(({ key }) => writing(key)).join(' ') };
      const body = operations.map(transactionOperation);
      try {
        const answer = await client.call(description, options, (consul, common) => transact(consul, body, common));
        return modifyIndexes(answer, description);
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
  // The package's types want each operation flat, in lower case; it sends them as they are, and Consul wants this.
  const { transaction } = consul as { transaction: { create(...args: unknown[]): Promise<unknown> } };
  return transaction.create(operations, common);
}

/** `GET` arguments that the package passes on, although its types do not know them. */
function readArguments({ consistent, blocking }: ReadOptions): object {
  return {
    ...(consistent === true && { consistent: true }),
    ...(blocking !== undefined && { index: blocking.index, wait: `${blocking.waitMs}ms` }),
  };
}

function entriesOf({ body }: Answer, { operation }: CallDescription): KvEntry[] {
  const read = readBody(operation);
  return read.objects(body).map((item) => ({
    key: read.string(item, 'Key'),
    // The package has decoded it; an empty value is null.
    value: Reflect.get(item, 'Value') === null ? '' : read.string(item, 'Value'),
    modifyIndex: read.integer(item, 'ModifyIndex'),
    session: 'Session' in item ? read.string(item, 'Session') : undefined,
  }));
}

function modifyIndexes({ body }: Answer, { operation }: CallDescription): number[] {
  const read = readBody(operation);
  return read
    .objects(body)
    .flatMap((answer) => ('Results' in answer && answer.Results !== null ? read.objects(answer.Results) : []))
    .flatMap((result) => ('KV' in result ? read.objects(result.KV) : []))
    .map((entry) => read.integer(entry, 'ModifyIndex'));
}

function indexOf({ headers }: Answer): string | undefined {
  const index = headers['x-consul-index'];
  return typeof index === 'string' ? index : undefined;
}
