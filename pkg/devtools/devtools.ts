import { performance } from 'node:perf_hooks';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { SettingDescription } from '../config/print.ts';
import { createLocalGuard } from '../httpserver/access/local-guard.ts';
import { ProblemError } from '../httpserver/problem/problem.ts';
import type { HttpApp, HttpServer } from '../httpserver/server.ts';
import { startLocalTracing } from '../tracing/local-tracing.ts';
import type { FinishedSpan } from '../tracing/tracing-options.ts';
import { addPage } from './page.ts';
import { createRing } from './ring.ts';
import { watchRoutes } from './routes.ts';
import { describeSpan } from './span.ts';

/** Number of kept requests, log lines and spans, and of problem documents and configuration changes. */
const CAPACITY = 2000;
const SMALL_CAPACITY = 200;
/** Longer log lines are cut, which bounds the memory of the rings. In characters. */
const MAX_LINE = 8192;
/** The ends of an access-log line and of a configuration change, and the start of a log line's component field. */
const REQUEST_END = '"msg":"request"}\n';
const CONFIG_LINE = '"component":"config"';

export interface AttachOptions {
  admin: HttpServer;
  http: HttpServer;
  service: { name: string; version: string; node: string };
  configuration: {
    readonly current: { environment: string; admin: { allowedHosts: readonly string[] } };
    describe(): readonly SettingDescription[];
  };
}

/** The development dashboard. Everything it shows is kept in memory, in rings. */
export interface Devtools {
  /** Records a log line. Access-log lines are the list of requests. */
  onLine(line: string): void;
  /** Records a finished span. */
  onSpan(span: FinishedSpan): void;
  /** Traces in memory, for a service that exports no spans. */
  startTracing(name: string): ReturnType<typeof startLocalTracing>;
  /** Adds the dashboard at `/` of the admin listener. Called before the routes of the public listener are added. */
  attach(options: AttachOptions): void;
}

const count = Type.Integer({ minimum: 0, default: 0 });
const seenCounts = Type.Object({ requests: count, lines: count, spans: count, problems: count, changes: count });

export function createDevtools(): Devtools {
  const requests = createRing<string>(CAPACITY);
  const lines = createRing<string>(CAPACITY);
  const spans = createRing<FinishedSpan>(CAPACITY);
  const problems = createRing<string>(SMALL_CAPACITY);
  const changes = createRing<string>(SMALL_CAPACITY);

  function recordProblems(app: HttpApp): void {
    app.addHook('onSend', (_request, reply, payload, done) => {
      const isProblem = String(reply.getHeader('content-type')).startsWith('application/problem+json');
      if (isProblem && Buffer.isBuffer(payload)) problems.push(payload.toString('utf8', 0, MAX_LINE));
      done(null, payload);
    });
  }

  const onSpan = (span: FinishedSpan) => spans.push(span);

  return {
    onLine(line) {
      const kept = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
      (line.endsWith(REQUEST_END) ? requests : lines).push(kept);
      if (line.includes(CONFIG_LINE)) changes.push(kept);
    },
    onSpan,
    startTracing: (name) => startLocalTracing(name, onSpan),
    attach({ admin, http, service, configuration }) {
      const { environment, admin: options } = configuration.current;
      const routes = watchRoutes(http.app);
      recordProblems(http.app);
      const guard = createLocalGuard(options);

      admin.app.register(async (plugin) => {
        const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
        // Only this machine, whether or not the listener requires tokens: a browser could not send one with a page.
        app.addHook('onRequest', async ({ raw }) => {
          const decision = await guard(raw, 'admin');
          if ('rejected' in decision) throw new ProblemError(decision.problem);
        });
        const PUBLIC = { access: 'public' };
        app.get('/devtools/state', { config: PUBLIC, schema: { querystring: seenCounts } }, async ({ query }) => ({
          // Tells a restarted process from the one before.
          instance: performance.timeOrigin,
          requests: requests.after(query.requests),
          lines: lines.after(query.lines),
          spans: describeNew(query.spans),
          problems: problems.after(query.problems),
          changes: changes.after(query.changes),
          loop: performance.eventLoopUtilization(),
          memory: process.memoryUsage(),
        }));
        app.get('/devtools/service', { config: PUBLIC }, async () => ({
          ...service,
          environment,
          port: http.address()?.port,
          settings: configuration.describe(),
          routes: routes(),
        }));
      });
      addPage(admin.app);
    },
  };

  function describeNew(seen: number) {
    const { items, count } = spans.after(seen);
    return { items: items.map(describeSpan), count };
  }
}
