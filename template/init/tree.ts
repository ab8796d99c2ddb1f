import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the project: its path before renaming, and its text; undefined for a binary file. */
export interface File {
  readonly origin: string;
  readonly text: string | undefined;
}

/** The tracked files by path. */
export type Tree = ReadonlyMap<string, File>;

export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  const paths = listed.split('\0').filter((path) => path !== '');
  return new Map(paths.map((path) => [path, { origin: path, text: textOf(readFileSync(join(root, path))) }]));
}

function textOf(content: Buffer): string | undefined {
  return content.includes(0) ? undefined : content.toString('utf8');
}

/** What turns one tree into another. */
export interface Changes {
  readonly deleted: readonly string[];
  readonly moved: readonly { from: string; to: string }[];
  readonly written: readonly { path: string; text: string }[];
}

export function changesBetween(before: Tree, after: Tree): Changes {
  const kept = new Set([...after.values()].map(({ origin }) => origin));
  const entries = [...after].map(([path, { origin, text }]) => ({ path, origin, text }));
  return {
    deleted: [...before.keys()].filter((path) => !kept.has(path)),
    moved: entries
      .filter(({ path, origin }) => path !== origin)
      .map(({ path, origin }) => ({ from: origin, to: path })),
    written: entries.flatMap(({ path, origin, text }) =>
      text === undefined || before.get(origin)?.text === text ? [] : [{ path, text }],
    ),
  };
}
