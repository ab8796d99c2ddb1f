import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** An import, including type-only imports. */
export interface Import {
  /** The importing file, relative to the root. */
  from: string;
  /** The imported file, relative to the root, or the name of a package. */
  to: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:[^'"`;]*?from\s+)?['"](?<from>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/g;

/** Returns the imports of all TypeScript files in these directories, in no particular order. Ignores missing directories. */
export function importsIn(root: string, directories: readonly string[]): Import[] {
  return directories
    .flatMap((directory) => sourcesIn(root, directory))
    .flatMap((from) =>
      [...readFileSync(join(root, from), 'utf8').matchAll(IMPORT)].map(({ groups }) => {
        const specifier = groups?.from ?? groups?.dynamic ?? '';
        const to = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : packageOf(specifier);
        return { from, to };
      }),
    );
}

function sourcesIn(root: string, directory: string): string[] {
  try {
    return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => posix.join(directory, name));
  } catch {
    return [];
  }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Returns cycles of imports, formatted as `a → b → a`.
 *
 * @param nameOf maps a file to the name to compare: the file itself, its folder, or undefined to ignore it.
 */
export function cyclesIn(imports: readonly Import[], nameOf: (file: string) => string | undefined): string[] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [source, target] = [nameOf(from), nameOf(to)];
    if (source === undefined || target === undefined || source === target) continue;
    targets.set(source, (targets.get(source) ?? new Set()).add(target));
  }
  const done = new Set<string>();

  function visit(name: string, path: readonly string[]): string[] {
    if (path.includes(name)) return [[...path.slice(path.indexOf(name)), name].join(' → ')];
    if (done.has(name)) return [];
    const found = [...(targets.get(name) ?? [])].flatMap((target) => visit(target, [...path, name]));
    done.add(name);
    return found;
  }

  return [...targets.keys()].flatMap((name) => visit(name, []));
}
