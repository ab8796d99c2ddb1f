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
import type { Panel } from './panel.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRing, type Kept } from './ring.ts';
import { watchRoutes } from './routes.ts';

/** Maximum number of requests, log lines and spans in memory, and of problem documents. A page keeps more. */
const CAPACITY = 500;
const PROBLEM_CAPACITY = 100;
/** Longer log lines are truncated and longer problem documents are not kept, which bounds memory. In characters. */
const MAX_LENGTH = 8192;
/** Traces recorded at once, and on average per second while a page is open and while none is. */
const TRACES = { burst: 100, watched: 100, unwatched: 10 };
/** The same for requests. V8 has to collect what was kept, so that keeping all of a load test is most of the cost. */
const REQUESTS = { burst: CAPACITY, watched: Number.POSITIVE_INFINITY, unwatched: 100 };
/** A page is open if it has polled within this time, in milliseconds. */
const WATCH_MS = 5000;

export interface AttachOptions {
  admin: HttpServer;
  http: HttpServer;
  service: { name: string; version: string; node: string };
  configuration: {
    readonly current: { environment: string; admin: { allowedHosts: readonly string[] } };
    describe(): readonly SettingDescription[];
  };
  /** Views that other components add. */
  panels: readonly Panel[];
}

/** The development dashboard. It keeps everything in memory, and processes it only when a page asks for it. */
export interface Devtools {
  /** Records a log line. The lines of the writer `request`, the access log, form the list of requests. */
  onLine(line: string, writer?: string): void;
  /** Records a finished span. */
  onSpan(span: FinishedSpan): void;
  /** Records traces in memory, for a service that exports no spans. */
  startTracing(name: string): ReturnType<typeof startLocalTracing>;
  /** Adds the dashboard at `/` of the admin listener. Must be called before routes are added to the public listener. */
  attach(options: AttachOptions): void;
}

const number = Type.Integer({ minimum: 0, default: 0 });
/** The process that sent the counts, and how many items of each kind the page has received. */
const seenSchema = Type.Object({
  instance: Type.Number({ default: 0 }),
  ...{ requests: number, lines: number, spans: number, problems: number },
});
const NOTHING_SEEN = { requests: 0, lines: 0, spans: 0, problems: 0 };

export function createDevtools(): Devtools {
  const requests = createRing<string>(CAPACITY);
  const lines = createRing<string>(CAPACITY);
  const spans = createRing<FinishedSpan>(CAPACITY);
  const problems = createRing<{ id: string; payload: Buffer }>(PROBLEM_CAPACITY);
  let requestCount = 0;
  let polledAt = Number.NEGATIVE_INFINITY;

  const limited = ({ burst, watched, unwatched }: typeof TRACES) =>
    createRateLimit({ burst, perSecond: () => (performance.now() - polledAt < WATCH_MS ? watched : unwatched) });
  const requestLimit = limited(REQUESTS);
  const traceLimit = limited(TRACES);
  const onSpan = (span: FinishedSpan) => spans.push(span);

  function recordProblems(app: HttpApp): void {
    app.addHook('onSend', ({ id }, reply, payload, done) => {
      if (reply.statusCode >= 400 && Buffer.isBuffer(payload) && payload.length <= MAX_LENGTH) {
        const type = String(reply.getHeader('content-type'));
        if (type.startsWith('application/problem+json')) problems.push({ id, payload });
      }
      done(null, payload);
    });
  }

  function readState(seen: typeof NOTHING_SEEN) {
    polledAt = performance.now();
    return {
      instance: performance.timeOrigin,
      requestCount,
      requests: requests.after(seen.requests),
      lines: lines.after(seen.lines),
      spans: described(spans.after(seen.spans), describeSpan),
      problems: described(problems.after(seen.problems), ({ id, payload }) => ({ id, text: payload.toString() })),
      loop: performance.eventLoopUtilization(),
      memory: process.memoryUsage(),
    };
  }

  return {
    onLine(line, writer) {
      const isRequest = writer === 'request';
      if (isRequest) requestCount += 1;
      if (isRequest && !requestLimit.take()) return;
      const kept = line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
      (isRequest ? requests : lines).push(kept);
    },
    onSpan,
    startTracing: (name) => startLocalTracing(name, { onSpan, limit: traceLimit }),
    attach({ admin, http, service, configuration, panels }) {
      const { environment, admin: options } = configuration.current;
      const routes = watchRoutes(http.app);
      recordProblems(http.app);
      const guard = createLocalGuard(options);

      admin.app.register(async (plugin) => {
        const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
        // Admits only this machine, even if the listener requires tokens: a browser cannot send one to open a page.
        app.addHook('onRequest', async ({ raw }) => {
          const decision = await guard(raw, 'admin');
          if ('rejected' in decision) throw new ProblemError(decision.problem);
        });
        const config = { access: 'public' };
        app.get('/devtools/state', { config, schema: { querystring: seenSchema } }, async ({ query }) =>
          readState(query.instance === performance.timeOrigin ? query : NOTHING_SEEN),
        );
        app.get('/devtools/service', { config }, async () => ({
          ...service,
          environment,
          protocol: 'setSecureContext' in http.app.server ? 'https' : 'http',
          port: http.address()?.port,
          panels: panels.map(({ title }) => title),
          routes: routes(),
        }));
        app.get('/devtools/settings', { config }, async () => configuration.describe());
        app.get('/devtools/panel', { config, schema: { querystring: Type.Object({ index: number }) } }, ({ query }) =>
          panels[query.index]?.read(),
        );
      });
      addPage(admin.app);
    },
  };
}

function described<T, U>({ items, count }: Kept<T>, describe: (item: T) => U): Kept<U> {
  return { items: items.map(describe), count };
}

/** Returns what the dashboard shows of a span. Times are in milliseconds; `start` is since 1970. */
export function describeSpan(span: FinishedSpan) {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: span.kind,
    start: toMs(span.startTime),
    duration: toMs(span.duration),
    status: span.status,
    attributes: span.attributes,
    events: span.events.map(({ name, attributes }) => ({ name, attributes })),
  };
}

function toMs([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
