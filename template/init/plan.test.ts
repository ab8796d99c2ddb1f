import { join, posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { anchorsIn, linksIn } from '../../test/docs/markdown.ts';
import { combinations } from './combinations.ts';
import { features } from './features/features.ts';
import { plan } from './plan.ts';
import { readTree, type Tree } from './tree.ts';

const TEMPLATE = readTree(join(import.meta.dirname, '../..'));
const ALL = features.map(({ name }) => name);
/**
 * Matches the imports of a file. Not used for `scripts/new`, which also contains imports of the files that it writes.
 */
const IMPORT = /^(?:import|export)\s[^'"`;]*?from '(\.[^']+)';$/gm;

describe.each([[[]], [ALL], ...combinations(ALL).map((without) => [without])])('without %j', (without) => {
  let service: Tree;
  let folders: ReadonlySet<string>;
  beforeAll(() => {
    const options = { name: 'orders', owner: 'Checkout', registry: 'registry.test/checkout', without };
    service = plan(TEMPLATE, options).tree;
    folders = new Set([...service.keys()].flatMap(parents));
  });
  const missing = (pattern: RegExp, targetsOf: (text: string) => string[]) =>
    [...service]
      .filter(([path]) => pattern.test(path))
      .flatMap(([path, { text = '' }]) => targetsOf(text).map((target) => posix.join(posix.dirname(path), target)))
      .filter((target) => !service.has(target) && !folders.has(target.replace(/\/$/, '')));

  test('pkg is that of the template, without a change', () => {
    const files = [...service].filter(([path]) => path.startsWith('pkg/'));
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter(([path, { text }]) => TEMPLATE.get(path)?.text !== text).map(([path]) => path)).toEqual([]);
  });

  test('every import leads to a file', () => {
    expect(
      missing(/^(?!scripts\/new\/).*\.ts$/, (text) => [...text.matchAll(IMPORT)].map(([, target = '']) => target)),
    ).toEqual([]);
  });

  test('every relative link of a document leads to a file or folder', () => {
    const relative = (text: string) => linksIn(text).map((link) => link.replace(/#.*/, ''));
    expect(missing(/\.md$/, (text) => relative(text).filter((link) => link !== '' && !/^[a-z]+:/.test(link)))).toEqual(
      [],
    );
  });

  test('every anchor of a link is a heading', () => {
    const broken = [...service]
      .filter(([path]) => path.endsWith('.md'))
      .flatMap(([path, { text = '' }]) => linksIn(text).map((link) => ({ path, link })))
      .filter(({ link }) => link.includes('#') && !/^[a-z]+:/.test(link))
      .filter(({ path, link }) => {
        const [file = '', anchor = ''] = link.split('#');
        const target = file === '' ? path : posix.join(posix.dirname(path), file);
        return target.endsWith('.md') && !anchorsIn(service.get(target)?.text ?? '').has(anchor);
      });
    expect(broken).toEqual([]);
  });
});

/** Returns the folders that contain a path, the innermost first and the root last. */
function parents(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...parents(folder)];
}
