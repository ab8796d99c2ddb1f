import { type Check, completeCheck, InvalidCheckError } from './check.ts';
import { createCheckRunner, type Result } from './check-runner.ts';
import { type Finding, type ProbeName, type ProbeResponse, report, reportOne } from './report.ts';

/** The subset of a pino logger that is used here. */
interface HealthLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface HealthOptions {
  /** Logs when a check starts to fail (warn) and when it recovers (info). Default: no logging. */
  logger?: HealthLogger;
}

/** Handles the liveness, readiness and startup probes with the conventions of the Kubernetes API server. */
export interface Health {
  /** Adds a readiness check, which runs only when probed. Throws InvalidCheckError, including for a duplicate name. */
  add(check: Check): void;
  /** Marks startup as finished: `started` passes from now on, and `ready` depends on its checks. */
  markStarted(): void;
  /** Marks the service as stopping: `ready` fails from now on, without running checks. */
  markDraining(): void;
  /** Liveness: always passes. Ignores dependencies and draining. */
  live(query?: ProbeQuery): Promise<ProbeResponse>;
  /**
   * Readiness. Takes as long as the slowest check, at most the longest `timeoutMs`. With `query.include`, only those checks
   * run, and all of them must pass, informational ones too; 404 for an unknown name.
   */
  ready(query?: ProbeQuery): Promise<ProbeResponse>;
  /** Runs one readiness check by name, including `startup` and `shutdown`; 404 for an unknown name. */
  readyCheck(name: string): Promise<ProbeResponse>;
  /** Startup: fails until `markStarted`, then always passes, even while draining. */
  started(query?: ProbeQuery): Promise<ProbeResponse>;
}

interface Entry {
  name: string;
  run(): Promise<Finding>;
}

export function createHealth({ logger }: HealthOptions = {}): Health {
  let started = false;
  let draining = false;

  const ping = builtIn('ping', () => undefined);
  const startup = builtIn('startup', () => (started ? undefined : 'startup has not finished'));
  const shutdown = builtIn('shutdown', () => (draining ? 'the service is stopping' : undefined));
  const added = new Map<string, Entry>();

  function findReadyEntry(name: string): Entry | undefined {
    return [startup, ...added.values(), shutdown].find((entry) => entry.name === name);
  }

  return {
    add(check) {
      const entry = dependency(completeCheck(check), logger);
      if (findReadyEntry(entry.name) !== undefined) {
        throw new InvalidCheckError(`there is already a health check named ${entry.name}`);
      }
      added.set(entry.name, entry);
    },
    markStarted() {
      started = true;
    },
    markDraining() {
      draining = true;
    },
    live: (query) => probe('healthz', [ping], query),
    started: (query) => probe('startupz', [startup], query),
    async ready(query) {
      // While draining, readiness fails anyway. Skip the checks: a slow or closing dependency must not delay the
      // response or be logged as failing.
      const skip = draining && !query?.exclude.includes(shutdown.name);
      const dependencies = [...added.values()].map((entry) => (skip ? skipped(entry) : entry));
      const entries = [startup, ...dependencies, shutdown];
      const include = query?.include ?? [];
      if (include.length === 0) return probe('readyz', entries, query);
      const unknown = include.find((name) => !entries.some((entry) => entry.name === name));
      if (unknown !== undefined) return notFound(unknown);
      return probe('readyz', entries.filter(({ name }) => include.includes(name)).map(required), query);
    },
    async readyCheck(name) {
      const entry = findReadyEntry(name);
      if (entry === undefined) return notFound(name);
      return reportOne(await entry.run());
    },
  };
}

function notFound(name: string): ProbeResponse {
  return { status: 404, body: `no health check named ${JSON.stringify(name)}\n` };
}

function required({ name, run }: Entry): Entry {
  return { name, run: async () => ({ ...(await run()), informational: false }) };
}

async function probe(name: ProbeName, entries: readonly Entry[], query: ProbeQuery = NO_QUERY): Promise<ProbeResponse> {
  const exclude = new Set(query.exclude);
  const findings = await Promise.all(
    entries.map((entry): Finding | Promise<Finding> =>
      exclude.has(entry.name) ? { name: entry.name, informational: false, outcome: 'excluded' } : entry.run(),
    ),
  );
  const names = new Set(entries.map((entry) => entry.name));
  const unknown = [...exclude].filter((excluded) => !names.has(excluded)).sort();
  return report(name, findings, { verbose: query.verbose, unknown });
}

/** Creates a check of the service's own state. It is cheap, so it is never cached. `failure` returns why it fails. */
function builtIn(name: string, failure: () => string | undefined): Entry {
  return {
    name,
    async run() {
      const reason = failure();
      if (reason === undefined) return { name, informational: false, outcome: 'passed' };
      return { name, informational: false, outcome: 'failed', reason };
    },
  };
}

function dependency(check: Required<Check>, logger: HealthLogger | undefined): Entry {
  const { name, kind } = check;
  let failing = false;

  /** Logs only changes: a probe every few seconds must not fill the log. */
  function logChange(result: Result): void {
    if (failing === !result.passed) return;
    failing = !result.passed;
    if (result.passed) logger?.info({ check: name, kind }, 'health check recovered');
    else logger?.warn({ check: name, kind, reason: result.reason }, 'health check failed');
  }

  const runCheck = createCheckRunner(check, logChange);
  return {
    name,
    async run() {
      const result = await runCheck();
      const informational = kind === 'informational';
      if (result.passed) return { name, informational, outcome: 'passed' };
      return { name, informational, outcome: 'failed', reason: result.reason };
    },
  };
}

function skipped({ name }: Entry): Entry {
  return {
    name,
    run: async () => ({ name, informational: false, outcome: 'skipped', reason: 'the service is stopping' }),
  };
}

/** The query parameters of a probe. */
export interface ProbeQuery {
  /** Whether to list every check even if the probe passes; a failing probe always lists them. */
  verbose: boolean;
  /** Names of checks to exclude. An unknown name only adds a warning to the list. */
  exclude: readonly string[];
  /** Names of the only checks to run. Default: all. */
  include?: readonly string[];
}

export const NO_QUERY: ProbeQuery = { verbose: false, exclude: [] };

/**
 * Reads `?verbose` and `?exclude=<name>` (repeatable) like the Kubernetes API server: `verbose` applies if present,
 * regardless of its value; other parameters are ignored. `?include=<name>` (repeatable) is our own: a group of checks.
 */
export function parseProbeQuery(query: URLSearchParams): ProbeQuery {
  return { verbose: query.has('verbose'), exclude: query.getAll('exclude'), include: query.getAll('include') };
}
