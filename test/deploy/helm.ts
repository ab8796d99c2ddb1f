import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);

export const ROOT = join(import.meta.dirname, '../..');
export const CHART = join(ROOT, 'charts/skiff');

/** The fields that every Kubernetes object has. Use `at` to read the others. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface RenderOptions {
  readonly chart?: string;
  readonly release?: string;
  readonly namespace?: string;
  /** Further arguments, such as `--skip-tests`. */
  readonly args?: readonly string[];
}

/** Renders the objects that `helm install` would create from these values. Rejects with helm's error output if it fails. */
export async function render(values: object = {}, options: RenderOptions = {}): Promise<Manifest[]> {
  const { chart = CHART, release = 'skiff', namespace = 'skiff', args = [] } = options;
  const input = JSON.stringify(values);
  const command = ['template', release, chart, '--namespace', namespace, '--values', '-', ...args];
  const child = run('helm', command, { maxBuffer: 64 * 1024 * 1024 });
  child.child.stdin?.end(input);
  return parseManifests((await child).stdout);
}

/** Runs a program and returns its standard output. Rejects with its standard error if it fails. */
export async function outputOf(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run(program, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024, ...(env && { env }) });
  return stdout;
}

/** Parses YAML documents. A duplicate key is an error, as it is for the API server. */
export function parseManifests(yaml: string): Manifest[] {
  const manifests: Manifest[] = [];
  for (const document of parseAllDocuments(yaml, { uniqueKeys: true })) {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const value: unknown = document.toJS();
    if (value !== null) manifests.push(value as Manifest);
  }
  return manifests;
}

/** Returns the only object of a kind that belongs to the server or, by its label, to another component. */
export function theOne(manifests: readonly Manifest[], kind: string, component?: string): Manifest {
  const found = manifests.filter((manifest) => {
    return manifest.kind === kind && manifest.metadata.labels?.['app.kubernetes.io/component'] === component;
  });
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`expected one object of kind ${kind}, found ${found.length}`);
  return first;
}

/** Returns the value at a path of an object, such as `spec.template.spec.containers.0`, or undefined. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);
}
