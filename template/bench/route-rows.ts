import type { Credentials } from './credentials.ts';
import type { HttpRequest } from './load/request.ts';
import { type Row, service } from './rows.ts';

/** Flags that every process has. A page has 20 of them. */
const FLAGS = 100;

/** The service without tokens and TLS. */
export const FLAGS_SERVICE = 'flags-service';

/** A row that serves the routes of flags. */
export interface RouteRow extends Row {
  /** The row of bare Fastify to compare it with. */
  readonly reference: string;
  /** Whether requests carry a token. */
  readonly auth: boolean;
}

/** Returns the rows: bare Fastify and the service, and each of them with TLS. Only the service can verify tokens. */
export function routeRows({ authSettings, certFile, keyFile }: Credentials): RouteRow[] {
  const bare = { group: 'variant', program: 'flags', accessLines: 0, auth: false } as const;
  const own = { ...service, group: 'variant', auth: false } as const;
  const tls = { 'http.tls.certFile': certFile, 'http.tls.keyFile': keyFile };
  const environment = { TLS_CERT: certFile, TLS_KEY: keyFile };
  const [plain, encrypted] = [{ reference: 'flags' }, { reference: 'flags-tls', tls: true }] as const;
  return [
    { ...bare, ...plain, name: 'flags', title: 'bare Fastify' },
    { ...own, ...plain, name: FLAGS_SERVICE, title: 'this service' },
    { ...own, ...plain, name: 'flags-auth', title: 'this service, tokens', settings: authSettings, auth: true },
    { ...bare, ...encrypted, name: 'flags-tls', title: 'bare Fastify, TLS', environment },
    { ...own, ...encrypted, name: 'flags-service-tls', title: 'this service, TLS', settings: tls },
  ];
}

export const ROUTES = ['GET a flag', 'list flags', 'PUT a flag'] as const;
export type RouteName = (typeof ROUTES)[number];

/** Returns requests that are successful after {@link seedRequests}. */
export function requestsOf(route: RouteName, token?: string): HttpRequest[] {
  switch (route) {
    case 'GET a flag':
      return times((key) => ({ method: 'GET', path: `/v1/flags/${key}`, headers: authorization(token) }));
    case 'list flags':
      return [{ method: 'GET', path: '/v1/flags', headers: authorization(token) }];
    case 'PUT a flag':
      return times((key) => put(key, { 'If-Match': '*', ...authorization(token) }));
  }
}

export function seedRequests(token?: string): HttpRequest[] {
  return times((key) => put(key, authorization(token)));
}

function put(key: string, headers: Readonly<Record<string, string>>): HttpRequest {
  const body = JSON.stringify({ enabled: true, description: 'New checkout for a tenth of the customers' });
  return { method: 'PUT', path: `/v1/flags/${key}`, headers: { 'Content-Type': 'application/json', ...headers }, body };
}

function times(create: (key: string) => HttpRequest): HttpRequest[] {
  return Array.from({ length: FLAGS }, (_, index) => create(`flag-${`${index}`.padStart(3, '0')}`));
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}
