import type { FastifyInstance } from 'fastify';

/** The content security policy of the page, which needs its own scripts and styles. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; object-src 'none'";

/**
 * Serves a page at `/docs` that shows `/openapi.json`. The page comes from a development dependency. If that is not
 * installed, as in the image, the page is not served and a line at level info is logged.
 */
export async function registerDocsPage(app: FastifyInstance, title: string): Promise<void> {
  try {
    const { default: swaggerUi } = await import('@fastify/swagger-ui');
    await app.register(async (docs) => {
      docs.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: 'public' };
      });
      // Without the bar at the top, which has the logo of Fastify and a field for other documents.
      const uiConfig = { layout: 'BaseLayout', persistAuthorization: true, displayRequestDuration: true };
      await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: PAGE_POLICY, theme: { title }, uiConfig });
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    app.log.info('/docs is not served: @fastify/swagger-ui is not installed');
  }
}
