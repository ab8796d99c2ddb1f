import swagger from '@fastify/swagger';
import fastifyPlugin from 'fastify-plugin';

export interface OpenApiOptions {
  title: string;
  /** Version of the service, not of OpenAPI. */
  version: string;
  description?: string;
  /** Also serves a page at `/docs` that shows the document. Default: false. */
  page?: boolean;
}

/**
 * Serves `/openapi.json` (OpenAPI 3.1), generated from the schemas of the routes. Must be registered before them. The page
 * comes from a development dependency. If that is not installed, as in the image, the page is not served and a line at
 * level info is logged.
 */
export const openApi = fastifyPlugin<OpenApiOptions>(
  async (app, { title, version, description, page }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title, version, ...(description !== undefined && { description }) },
      },
      // Shared schemas keep their names in the document instead of `def-0`.
      refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
    });
    if (page) await registerPage(app, title);
    app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () => app.swagger());
  },
  { name: 'openapi', fastify: '5.x' },
);

/** The content security policy of the page, which needs its own scripts and styles. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; object-src 'none'";

async function registerPage(app: Parameters<typeof openApi>[0], title: string): Promise<void> {
  try {
    const { default: swaggerUi } = await import('@fastify/swagger-ui');
    await app.register(async (docs) => {
      docs.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: 'public' };
      });
      await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: PAGE_POLICY, theme: { title } });
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    app.log.info('/docs is not served: @fastify/swagger-ui is not installed');
  }
}
