/** Adds a domain, a background job, a client for another service or a Kubernetes controller, with tests: `npm run new -- route orders`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseCommandLine } from '../../pkg/config/command-line.ts';
import { suggestion } from '../../pkg/config/nearest.ts';
import { kindOf, nameOf, nounOf } from './noun.ts';
import { type Kind, type PlannedFile, plan, type Store } from './plan.ts';
import { writeAll } from './write-all.ts';

const USAGE = `Usage: npm run new -- route PLURAL [--singular NOUN] [--store postgres]
       npm run new -- job NAME
       npm run new -- client NAME
       npm run new -- controller KIND

Creates a folder in internal/ with tests, and adds it to the service:
  route       model, service, store and routes: GET, POST, PUT and DELETE at /v1/PLURAL
              --store postgres keeps the data in Postgres, with a migration, instead of in memory
  job         background work that runs at an interval (setting NAME.interval)
  client      a client for another service (settings NAME.url and NAME.timeout)
  controller  a custom resource, its definition and permissions, and what reconciles its objects
Names are lower-case words separated by hyphens: order-items.
`;

const KINDS = ['route', 'job', 'client', 'controller'] as const satisfies Kind[];
const STORES = ['memory', 'postgres'] as const satisfies Store[];

const root = join(import.meta.dirname, '../..');
// Started with Node directly, because the programs in node_modules/.bin are shell scripts, which Windows cannot run.
const BIOME = join(root, 'node_modules/@biomejs/biome/bin/biome');

function main(args: string[]): void {
  const options = {
    singular: { type: 'string' },
    store: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseCommandLine({ args, allowPositionals: true, options });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [kind, name = '', ...more] = positionals;
  const isRoute = kind === 'route';
  if (kind !== undefined && !isKind(kind))
    throw new Error(`unknown kind ${kind}${suggestion(kind, KINDS)}\n\n${USAGE}`);
  const { singular, store } = values;
  if (kind === undefined || more.length > 0 || (!isRoute && (singular ?? store) !== undefined)) throw new Error(USAGE);
  if (store !== undefined && !isStore(store)) throw new Error(`unknown store ${store}${suggestion(store, STORES)}`);
  const noun = isRoute ? nounOf(name, singular) : kind === 'controller' ? kindOf(name) : nameOf(name);
  const files = plan(root, kind, noun, store).map(format);
  writeAll(root, files);
  // The tests apply the migrations to a database of their own.
  const load = store === 'postgres' ? ` && npm run test:load -- internal/${noun.plural}` : '';
  const next = `npm run docs && npm test -- internal/${noun.plural}${load}`;
  console.log(`${files.map(([path]) => `wrote ${path}`).join('\n')}\nNext: ${next}`);
}

function isKind(kind: string): kind is Kind {
  return KINDS.some((known) => known === kind);
}

function isStore(store: string): store is Store {
  return STORES.some((known) => known === store);
}

/** Formats the file: a longer or shorter noun changes line breaks and the order of imports. */
function format([path, text]: PlannedFile): PlannedFile {
  if (!path.endsWith('.ts')) return [path, text];
  const args = [BIOME, 'check', '--write', `--stdin-file-path=${path}`];
  return [path, execFileSync(process.execPath, args, { cwd: root, input: text, encoding: 'utf8' })];
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
