import { type Check, completeCheck, InvalidCheckError } from './check.ts';
import { createCheckRunner, type Result } from './check-runner.ts';
import { NO_QUERY, type ProbeQuery } from './query.ts';
import { type Finding, type ProbeAnswer, type ProbeName, report, reportOne } from './report.ts';

/** The part of a pino logger that is used here. */
interface HealthLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface HealthOptions {
  /** Told when a check begins to fail (warn) and when it passes again (info). Default: nobody. */
  logger?: HealthLogger;
}

/** Answers the three probes. Conventions: the Kubernetes API server's `/livez` and `/readyz`. */
export interface Health {
  /** Adds a check to readiness; it runs only when probed. Throws InvalidCheckError, also for a name already there. */
  add(check: Check): void;
  /** Start-up has finished: from now on `started` passes, and `ready` as its checks do. */
  markStarted(): void;
  /** The service is stopping: from now on `ready` fails, at once and for good. */
  markDraining(): void;
  /** Liveness: passes whenever it can be asked. Never looks at a dependency, nor at whether the service drains. */
  live(query?: ProbeQuery): Promise<ProbeAnswer>;
  /** Readiness. Takes as long as its slowest check, at most the longest `timeoutMs` among them. */
  ready(query?: ProbeQuery): Promise<ProbeAnswer>;
  /** One readiness check by its name, `startup` and `shutdown` included; 404 if there is none. */
  readyCheck(name: string): Promise<ProbeAnswer>;
  /** Start-up: fails until `markStarted`, then passes for good, while draining too. */
  started(query?: ProbeQuery): Promise<ProbeAnswer>;
}

interface Entry {
  name: string;
  find(): Promise<Finding>;
}

export function createHealth({ logger }: HealthOptions = {}): Health {
  let started = false;
  let draining = false;

  const ping = builtIn('ping', () => undefined);
  const startup = builtIn('startup', () => (started ? undefined : 'start-up has not finished'));
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
    ready(query) {
      // While draining the answer is known: no dependency, slow or closing, may delay it or be logged as failing.
      const known = draining && !query?.exclude.includes(shutdown.name);
      const dependencies = [...added.values()].map((entry) => (known ? skipped(entry) : entry));
      return probe('readyz', [startup, ...dependencies, shutdown], query);
    },
    async readyCheck(name) {
      const entry = findReadyEntry(name);
      if (entry === undefined) return { status: 404, body: `no health check named ${JSON.stringify(name)}\n` };
      return reportOne(await entry.find());
    },
  };
}

async function probe(name: ProbeName, entries: readonly Entry[], query: ProbeQuery = NO_QUERY): Promise<ProbeAnswer> {
  const exclude = new Set(query.exclude);
  const findings = await Promise.all(
    entries.map((entry): Finding | Promise<Finding> =>
      exclude.has(entry.name) ? { name: entry.name, informational: false, outcome: 'excluded' } : entry.find(),
    ),
  );
  const names = new Set(entries.map((entry) => entry.name));
  const unknown = [...exclude].filter((excluded) => !names.has(excluded)).sort();
  return report(name, findings, { verbose: query.verbose, unknown });
}

/** A check of the service's own state: it costs nothing, so it is never cached. `failure` says why it fails, if so. */
function builtIn(name: string, failure: () => string | undefined): Entry {
  return {
    name,
    async find() {
      const reason = failure();
      if (reason === undefined) return { name, informational: false, outcome: 'passed' };
      return { name, informational: false, outcome: 'failed', reason };
    },
  };
}

function dependency(check: Required<Check>, logger: HealthLogger | undefined): Entry {
  const { name, kind } = check;
  let failing = false;

  /** One line when a check begins to fail and one when it recovers: a probe every few seconds must not fill the log. */
  function logChange(result: Result): void {
    if (failing === !result.passed) return;
    failing = !result.passed;
    if (result.passed) logger?.info({ check: name, kind }, 'health check passes again');
    else logger?.warn({ check: name, kind, reason: result.reason }, 'health check fails');
  }

  const run = createCheckRunner(check, logChange);
  return {
    name,
    async find() {
      const result = await run();
      const informational = kind === 'informational';
      if (result.passed) return { name, informational, outcome: 'passed' };
      return { name, informational, outcome: 'failed', reason: result.reason };
    },
  };
}

function skipped({ name }: Entry): Entry {
  return {
    name,
    find: async () => ({ name, informational: false, outcome: 'skipped', reason: 'the service is stopping' }),
  };
}
