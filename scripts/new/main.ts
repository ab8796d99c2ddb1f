/** Adds a domain to the service, with tests: `npm run new -- route orders`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addRoute } from './route.ts';
import { problemWithWord, singularOf } from './word.ts';

const USAGE = `Usage: npm run new -- route PLURAL [--singular WORD]

Creates internal/PLURAL with a model, service, store, routes and tests, and adds it to the service: GET, POST and DELETE
at /v1/PLURAL. --singular gives the singular if it does not follow from the plural.
`;

const root = join(import.meta.dirname, '../..');

function main(args: string[]): void {
  const options = { singular: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [kind, plural = '', ...more] = positionals;
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (kind !== 'route' || more.length > 0) throw new Error(USAGE);
  const word = { plural, singular: values.singular ?? singularOf(plural) };
  const problem = problemWithWord(word);
  if (problem !== undefined) throw new Error(problem);

  const files = addRoute(root, word);
  // Formats the files: a longer or shorter word changes line breaks and the order of imports.
  execFileSync('npx', ['--no-install', 'biome', 'check', '--write', '--log-level=error', ...files], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(
    `${files.map((file) => `wrote ${file}`).join('\n')}\nNext: npm test -- internal/${plural} && npm run dev`,
  );
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
