import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { withController, withDomain, withGrants, withRules, withSettings } from './edits.ts';
import { type Noun, withNoun } from './noun.ts';

export type Kind = 'route' | 'job' | 'client' | 'controller';

/** Where a route stores its data: in memory, or in the store whose files `route-STORE` adds to those of the route. */
export type Store = 'memory' | 'postgres';

/** A file to create or replace: its path in the project, and its text. */
export type PlannedFile = readonly [path: string, text: string];

const DOMAINS = 'internal/app/domains.ts';
const SCHEMA = 'internal/config/schema.ts';
const GRANTS = 'config/default.yaml';
const MIGRATIONS = 'migrations';

const EDITS: Record<
  Kind,
  readonly (readonly [path: string, edit: (text: string, noun: Noun, code: Noun) => string])[]
> = {
  route: [
    [DOMAINS, withDomain],
    [GRANTS, withGrants],
  ],
  job: [
    [DOMAINS, withDomain],
    [SCHEMA, withSettings],
  ],
  client: [[SCHEMA, withSettings]],
  controller: [
    ['internal/controller/controllers.ts', withController],
    ['charts/skiff/templates/_controller.tpl', withRules],
    ['deploy/kubernetes/components/controller/rbac.yaml', withRules],
  ],
};

/** What the folders of templates need that can be removed. */
const NEEDS: Readonly<Record<string, string>> = {
  client: 'A client needs the HTTP client',
  controller: 'A controller needs the controller program',
  'route-postgres': 'The store postgres needs Postgres',
};

/**
 * Plans a domain, a background job, a client for another service or a controller: its folder, and its entries in existing files.
 * Writes nothing.
 *
 * @throws Error with the reason if it cannot be added.
 */
export function plan(root: string, kind: Kind, noun: Noun, store: Store = 'memory'): PlannedFile[] {
  const folder = `internal/${noun.plural}`;
  if (existsSync(join(root, folder))) throw new Error(`${folder} already exists`);
  const layers = store === 'memory' ? [kind] : [kind, `${kind}-${store}`];
  const removed = layers.find((layer) => !existsSync(join(import.meta.dirname, layer)));
  if (removed !== undefined) throw new Error(`${NEEDS[removed]}, which was removed when this service was created`);
  const template = [...new Map(layers.flatMap(readTemplate))];
  const sources = ['internal', 'pkg/httpserver'].flatMap((path) => readSources(join(root, path)));
  const taken = [...GLOBALS, ...openApiNames(sources)];
  const code = codeNoun(template, taken, kind === 'route' ? [noun, recordOf(noun)] : [noun]);
  const created = template.map(([path, text]) => [withNoun(path, noun), withNoun(text, noun, code)] as const);
  const names = created.map(([path]) => path);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`"${noun.plural}": ${folder} would contain two files named ${twice}; use a longer name`);
  const tables = tablesIn([MIGRATIONS, 'pkg/postgres/migrations'].flatMap((path) => readSources(join(root, path))));
  const table = tablesIn(created).find((name) => tables.includes(name));
  if (table !== undefined) throw new Error(`"${noun.plural}": the table ${table} exists already; choose another name`);
  // The manifests for kustomize may have been removed.
  const edits = EDITS[kind].filter(([path]) => !path.startsWith('deploy/') || existsSync(join(root, path)));
  return [
    ...created.map(([path, text]) => [target(root, folder, path), text] as const),
    ...edits.map(([path, edit]) => [path, edit(readFileSync(join(root, path), 'utf8'), noun, code)] as const),
  ];
}

/** Returns the path in the project: a migration gets the next number, all others are in the folder of the domain. */
function target(root: string, folder: string, path: string): string {
  if (!path.startsWith(`${MIGRATIONS}/`)) return `${folder}/${path}`;
  const numbers = globSync(`${MIGRATIONS}/[0-9]*.sql`, { cwd: root }).map((file) =>
    Number.parseInt(basename(file), 10),
  );
  return `${MIGRATIONS}/${String(Math.max(0, ...numbers) + 1).padStart(4, '0')}-${basename(path)}`;
}

/** Returns the template files of a layer: working code with tests. */
function readTemplate(layer: string): PlannedFile[] {
  return readSources(join(import.meta.dirname, layer)).map(([path, text]) => [
    path,
    text
      .replaceAll('../../../pkg/', '../../pkg/')
      .replaceAll('../../../test/', '../../test/')
      .replaceAll('../../../internal/', '../')
      .replaceAll("'../route/", "'./")
      .replaceAll('../../route/', '../'),
  ]);
}

function readSources(folder: string): PlannedFile[] {
  return globSync('**/*.{ts,sql}', { cwd: folder }).map((path) => [
    path.replaceAll('\\', '/'),
    readFileSync(join(folder, path), 'utf8'),
  ]);
}

/** Returns the names of the tables that the files create, apart from those of tests. */
function tablesIn(files: readonly PlannedFile[]): string[] {
  const sources = files.filter(([path]) => !path.endsWith('.test.ts'));
  return sources.flatMap(([, text]) => [...text.matchAll(CREATE_TABLE)].map(([, name = '']) => name));
}

const CREATE_TABLE = /CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)/g;
const STRINGS_AND_COMMENTS = /'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|\/\/.*/g;
const GLOBALS: readonly string[] = runInNewContext('Object.getOwnPropertyNames(globalThis)');

/** Returns the names in the OpenAPI document: those of schemas and operations. */
function openApiNames(files: readonly PlannedFile[]): string[] {
  return files.flatMap(([, text]) => [...text.matchAll(/(?:\$id|operationId): '(\w+)'/g)].map(([, name = '']) => name));
}

/** Returns the first noun whose identifiers are neither in `names` nor used for something else in the template. */
function codeNoun(
  template: readonly PlannedFile[],
  names: readonly string[],
  candidates: readonly [Noun, ...Noun[]],
): Noun {
  const code = template.map(([, text]) => text.replaceAll(STRINGS_AND_COMMENTS, '')).join('\n');
  const identifiers = [...new Set(code.match(/[A-Za-z_$][\w$]*/g))];
  const ofNoun = [...new Set([...identifiers, ...openApiNames(template)])].filter((name) => /sampleThing/i.test(name));
  const taken = new Set([...names, ...identifiers]);
  const free = candidates.find((noun) => {
    const renamed = ofNoun.map((name) => withNoun(name, noun));
    return new Set(renamed).size === renamed.length && !renamed.some((name) => taken.has(name));
  });
  if (free === undefined)
    throw new Error(`"${candidates[0].plural}": the generated code uses this name for something else; choose another`);
  return free;
}

/** A map is a `MapRecord` in the code, because `Map` is taken. */
function recordOf({ singular }: Noun): Noun {
  return { singular: `${singular}-record`, plural: `${singular}-records` };
}
