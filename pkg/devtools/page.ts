import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { HttpApp } from '../httpserver/server.ts';

/** Scripts and styles come from this listener only; none is inline. The page can be neither framed nor redirected. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

const FILES = ['style.css', 'app.js', 'store.js', 'dom.js', 'requests.js', 'logs.js', 'metrics.js', 'service.js'];

/**
 * Adds the page and its files. They contain no data and are the same everywhere, so they need no guard: a link on another
 * origin, such as the public listener's, may lead to the page.
 */
export function addPage(app: HttpApp): void {
  const require = createRequire(import.meta.url);

  function addFile(path: string, file: () => string): void {
    app.get(path, { config: { access: 'public' } }, async (_request, reply) => {
      const name = file();
      reply.headers({
        'content-security-policy': POLICY,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
      return reply.type(TYPES[extname(name)] ?? '').send(await readFile(name));
    });
  }

  const own = (name: string) => `${import.meta.dirname}/page/${name}`;
  addFile('/', () => own('index.html'));
  for (const name of FILES) addFile(`/devtools/${name}`, () => own(name));
  addFile('/devtools/uplot.js', () => require.resolve('uplot/dist/uPlot.esm.js'));
  addFile('/devtools/uplot.css', () => require.resolve('uplot/dist/uPlot.min.css'));
}
