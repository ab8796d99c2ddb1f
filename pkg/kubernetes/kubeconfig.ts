import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { describeError } from '../errors/describe-error.ts';
import { readRegularTextFile } from '../files/regular-file.ts';
import { KubernetesConfigError } from './config-error.ts';
import type { Connection } from './connection.ts';
import { createTokenFile } from './token-file.ts';

/** An object of a kubeconfig. */
interface Entry {
  readonly values: object;
  /** Describes the entry in messages. */
  readonly label: string;
  /** Relative paths in it are relative to this directory. */
  readonly directory: string;
}

const PROXY = 'run "kubectl proxy" and use a kubeconfig with the server http://127.0.0.1:8001';

/** Fields that would change the connection or the identity of the user, each with what to do instead. */
const UNSUPPORTED: readonly (readonly [field: string, instead: string])[] = [
  ['exec', PROXY],
  ['auth-provider', PROXY],
  ['username', PROXY],
  ['as', PROXY],
  ['proxy-url', PROXY],
  ['insecure-skip-tls-verify', 'set certificate-authority or certificate-authority-data'],
];

/**
 * Reads the current context of one or more kubeconfigs. As with kubectl, the first file that sets a name wins, and
 * missing files are skipped unless all are missing. Supports tokens and client certificates.
 *
 * @throws KubernetesConfigError
 */
export function readKubeconfig(paths: readonly string[]): Connection {
  const source = paths.join(', ');
  const files = paths.filter((path) => existsSync(path)).map(readFile);
  if (files.length === 0) throw new KubernetesConfigError(`kubeconfig ${source} does not exist`);

  /** Returns the object `kind` of the entry with this name in the list `${kind}s`. */
  function find(kind: 'context' | 'cluster' | 'user', name: string | undefined): Entry {
    for (const { values, directory } of files) {
      const list: unknown = Reflect.get(values, `${kind}s`);
      const found = Array.isArray(list) && list.find((each) => isObject(each) && Reflect.get(each, 'name') === name);
      const object: unknown = found && Reflect.get(found, kind);
      if (isObject(object)) return withoutUnsupported({ values: object, label: `${kind} ${name}`, directory });
    }
    throw new KubernetesConfigError(`kubeconfig ${source} has no ${kind} ${name ?? '(none is named)'}`);
  }

  const current = files.map((file) => text(file, 'current-context')).find((name) => name !== undefined);
  if (current === undefined) throw new KubernetesConfigError(`kubeconfig ${source} sets no current-context`);
  const context = find('context', current);
  const cluster = find('cluster', text(context, 'cluster'));
  const userName = text(context, 'user');
  // `kubectl proxy` needs no credentials.
  const user = userName === undefined ? { ...context, values: {} } : find('user', userName);
  const server = text(cluster, 'server') ?? '';
  if (!/^https?:/.test(server) || !URL.canParse(server)) {
    throw new KubernetesConfigError(`${cluster.label} of kubeconfig ${source}: invalid server "${server}"`);
  }
  const tokenFile = text(user, 'tokenFile');
  const token = text(user, 'token');
  return {
    source,
    server: new URL(server),
    namespace: text(context, 'namespace') ?? 'default',
    tls: defined({
      ca: pem(cluster, 'certificate-authority'),
      cert: pem(user, 'client-certificate'),
      key: pem(user, 'client-key'),
      servername: text(cluster, 'tls-server-name'),
    }),
    token: tokenFile === undefined ? () => token : createTokenFile(resolve(user.directory, tokenFile)),
  };
}

function readFile(path: string): Entry {
  try {
    const values: unknown = parse(readRegularTextFile(path));
    if (!isObject(values)) throw new Error('not a mapping');
    return { values, label: `kubeconfig ${path}`, directory: dirname(path) };
  } catch (cause) {
    throw new KubernetesConfigError(`kubeconfig ${path}: ${describeError(cause)}`, { cause });
  }
}

function withoutUnsupported(entry: Entry): Entry {
  for (const [field, instead] of UNSUPPORTED) {
    if (Reflect.get(entry.values, field)) {
      throw new KubernetesConfigError(`${entry.label} of the kubeconfig uses "${field}", not supported: ${instead}`);
    }
  }
  return entry;
}

function text({ values, label }: Entry, field: string): string | undefined {
  const value: unknown = Reflect.get(values, field);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new KubernetesConfigError(`${label}: ${field} is not a string`);
  return value;
}

/** Returns the content of a field that is either inline, in base64 as `${field}-data`, or the path of a file. */
function pem(entry: Entry, field: string): string | undefined {
  const data = text(entry, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const path = text(entry, field);
  if (path === undefined) return undefined;
  try {
    return readRegularTextFile(resolve(entry.directory, path));
  } catch (cause) {
    throw new KubernetesConfigError(`${entry.label}: ${field}: ${describeError(cause)}`, { cause });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function defined<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
