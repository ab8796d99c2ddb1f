import swagger from '@fastify/swagger';
import fastifyPlugin from 'fastify-plugin';
import { registerDocsPage } from './docs-page.ts';
import { requireUniqueNames } from './unique-names.ts';

export interface OpenApiOptions {
  title: string;
  /** Version of the service, not of OpenAPI. */
  version: string;
  description?: string;
  /** Descriptions of tags. The document lists the tags that a route uses, in the order in which they are first used. */
  tags?: readonly Tag[];
  /** Whether routes that are not public need a bearer token. Default: false. */
  bearer?: boolean;
  /** Also serves a page at `/docs` that shows the document. Default: false. */
  page?: boolean;
}

export interface Tag {
  readonly name: string;
  readonly description: string;
}

interface Document {
  paths?: Record<string, Record<string, { tags?: string[] }>>;
  tags?: object[];
}

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'A JSON Web Token of the configured issuer. Each operation lists the permission that the token must grant.',
} as const;

/**
 * Serves `/openapi.json` (OpenAPI 3.1), generated from the schemas of the routes, whose names must be unique. Must be registered
 * before them. The server of the document is the one that served it: `/`, relative to the URL of the document.
 */
export const openApi = fastifyPlugin<OpenApiOptions>(
  async (app, { title, version, description, tags = [], bearer = false, page = false }) => {
    requireUniqueNames(app);
    const descriptions = new Map(tags.map((tag) => [tag.name, tag]));
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title, version, ...(description !== undefined && { description }) },
        servers: [{ url: '/', description: 'The service that serves this document' }],
        ...(bearer && { components: { securitySchemes: { bearer: BEARER } } }),
      },
      // Shared schemas keep their names in the document instead of `def-0`.
      refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
      transform({ schema, url, route }) {
        const { access = 'public' } = route.config ?? {};
        // OpenAPI 3.1, "Security Requirement Object": the list may name the roles that a scheme other than OAuth requires.
        return {
          url,
          schema: bearer && access !== 'public' ? { ...schema, security: [{ bearer: [access] }] } : schema,
        };
      },
      transformObject(found) {
        const document = 'openapiObject' in found ? found.openapiObject : found.swaggerObject;
        const used = tagsOf(document as Document);
        return { ...document, tags: used.map((name) => descriptions.get(name) ?? { name }) };
      },
    });
    if (page) await registerDocsPage(app, title);
    app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () => app.swagger());
  },
  { name: 'openapi', fastify: '5.x' },
);

function tagsOf({ paths = {} }: Document): string[] {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  return [...new Set(operations.flatMap(({ tags = [] }) => tags))];
}
