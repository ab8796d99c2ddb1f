import type { HttpServer } from '../../pkg/httpserver/server.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Version } from './version.ts';

export interface IndexDependencies {
  http: HttpServer;
  admin: HttpServer;
  logger: Logging['logger'];
  self: Version;
}

/**
 * Adds a page with links at `/` of the public listener, for development. Programs receive the links as JSON. Returns the
 * component that logs which addresses to open.
 */
export function addIndexRoute({ http, admin, logger, self }: IndexDependencies): Component {
  const urlOf = ({ app, address }: HttpServer) =>
    `${'setSecureContext' in app.server ? 'https' : 'http'}://127.0.0.1:${address()?.port}`;

  function links(): Record<string, string> {
    const [publicUrl, adminUrl] = [urlOf(http), urlOf(admin)];
    return {
      ...(admin.app.hasRoute({ method: 'GET', url: '/' }) && { dashboard: `${adminUrl}/` }),
      ...(http.app.hasRoute({ method: 'GET', url: '/docs' }) && { docs: `${publicUrl}/docs` }),
      openapi: `${publicUrl}/openapi.json`,
      version: `${publicUrl}/version`,
      health: `${adminUrl}/readyz?verbose`,
      metrics: `${adminUrl}/metrics`,
    };
  }

  http.app.get('/', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    reply.header('vary', 'accept');
    if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return { ...self, links: links() };
    return reply.type('text/html; charset=utf-8').send(page(`${self.name} ${self.version}`, links()));
  });

  return {
    name: 'addresses',
    start() {
      const { dashboard = `${urlOf(admin)}/readyz?verbose` } = links();
      logger.info(`open ${urlOf(http)}/ or ${dashboard}`);
    },
  };
}

/** Has no styles, which the security headers of the listener do not allow. */
function page(heading: string, links: Record<string, string>): string {
  const title = heading.replace(/[&<]/g, (character) => (character === '&' ? '&amp;' : '&lt;'));
  const items = Object.entries(links).map(([name, url]) => `<li><a href="${url}">${name}</a>: ${url}</li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
}
