import { resolve } from 'node:path';
import type { Problem } from './config-error.ts';
import { allEnvNames, envFileName, envName, isServiceLink } from './env-names.ts';
import type { Entry, Layer } from './layer.ts';
import { suggestion } from './nearest.ts';
import { type Schema, settingsOf } from './schema.ts';
import { readTextFile } from './text-file.ts';

/** Reads the environment variables with a prefix as a layer. Reports unknown variables as problems. */
export function readEnvLayer(
  schema: Schema,
  options: { readonly env: NodeJS.ProcessEnv; readonly prefix: string; readonly cwd: string },
): Layer {
  const { env, prefix, cwd } = options;
  const entries: Entry[] = [];
  const problems: Problem[] = unknownVariables(schema, prefix, env);

  for (const [key, setting] of settingsOf(schema)) {
    const name = envName(prefix, key);
    const fileName = setting.secret === true ? envFileName(prefix, key) : undefined;
    const text = env[name];
    const path = fileName === undefined ? undefined : env[fileName];

    if (text !== undefined && path !== undefined) {
      problems.push({ key, origin: `env ${name}`, expected: `either ${name} or ${fileName}, not both` });
    } else if (text !== undefined && isServiceLink(prefix, name, text)) {
      const expected =
        'a value set by you: Kubernetes set this variable for a Service with this name (see enableServiceLinks)';
      problems.push({ key, origin: `env ${name}`, expected });
    } else if (text !== undefined) {
      entries.push({ key, origin: `env ${name}`, raw: { text } });
    } else if (path === '') {
      problems.push({ key, origin: `env ${fileName}`, expected: 'a file path; it is set but empty' });
    } else if (path !== undefined) {
      const origin = `file ${path} (env ${fileName})`;
      const file = resolve(cwd, path);
      const read = readTextFile(file);
      // Editors and `kubectl create secret --from-file` leave one trailing newline; any others belong to the secret.
      if ('text' in read) entries.push({ key, origin, raw: { text: read.text.replace(/\r?\n$/, '') }, file });
      else problems.push({ key, origin, expected: `a readable file (${read.failure})` });
    }
  }
  return { source: 'env', entries, problems };
}

/** Returns the path in a locator variable, made absolute. An empty variable is a problem and counts as unset. */
export function readLocator(
  name: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): { readonly path?: string; readonly problems: readonly Problem[] } {
  const value = options.env[name];
  if (value === undefined) return { problems: [] };
  if (value === '') return { problems: [{ origin: `env ${name}`, expected: 'a path; it is set but empty' }] };
  return { path: resolve(options.cwd, value), problems: [] };
}

function unknownVariables(schema: Schema, prefix: string, env: NodeJS.ProcessEnv): Problem[] {
  const known = new Set(allEnvNames(schema, prefix));
  const problems: Problem[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith(`${prefix}_`) || known.has(name) || isServiceLink(prefix, name, value)) continue;
    const plain = name.replace(/_FILE$/, '');
    const hint = known.has(plain) ? `; ${plain} is not a secret, so it has no _FILE form` : suggestion(name, known);
    problems.push({ key: name, origin: `env ${name}`, expected: `a known variable${hint}` });
  }
  return problems;
}
