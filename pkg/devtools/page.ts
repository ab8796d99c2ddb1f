import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import type { HttpApp } from '../httpserver/server.ts';

/** Allows scripts and styles only from this listener and none inline. The page cannot be framed or redirected. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Record<string, string> = { '.css': 'text/css', '.js': 'text/javascript' };

/**
 * Adds the page and its files. They contain no data and are the same everywhere, so they need no guard: a page of another
 * origin, such as the public listener's, can link here.
 */
export function addPage(app: HttpApp): void {
  const folder = join(import.meta.dirname, 'page');
  const require = createRequire(import.meta.url);

  /** `find` returns the file. It is called by requests only, because uPlot may not be installed. */
  function addFile(path: string, find: () => string): void {
    const headers = {
      'content-type': `${TYPES[extname(path)] ?? 'text/html'}; charset=utf-8`,
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    };
    app.get(path, { config: { access: 'public' } }, async (_request, reply) =>
      reply.headers(headers).send(await readFile(find())),
    );
  }

  addFile('/', () => join(folder, 'index.html'));
  for (const name of readdirSync(folder)) addFile(`/devtools/${name}`, () => join(folder, name));
  addFile('/devtools/uplot.js', () => require.resolve('uplot/dist/uPlot.esm.js'));
  addFile('/devtools/uplot.css', () => require.resolve('uplot/dist/uPlot.min.css'));
}
