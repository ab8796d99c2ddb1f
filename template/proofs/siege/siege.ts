import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Orders, Tallies } from './attackers-program.ts';
import { honestClients, probe } from './honest-clients.ts';
import { createLedger, type LedgerSummary } from './ledger.ts';
import { startTarget, type TargetExit } from './target.ts';

export interface SiegeOptions {
  seconds: number;
  /** Names of the attacks to run at the same time. */
  attacks: readonly string[];
  seed: number;
  /** Generated cases per second, of each kind. */
  caseRate: number;
  /** Settings that override the production settings. */
  env?: NodeJS.ProcessEnv;
}

export interface SiegeResult {
  seconds: number;
  seed: number;
  /** Whether the kernel enforced the memory limit. */
  limited: boolean;
  honest: LedgerSummary;
  liveness: LedgerSummary;
  readiness: LedgerSummary;
  maxResidentMiB: number;
  /** Maximum RSS in each minute. */
  residentMiBByMinute: number[];
  /** Seconds after which the process exited by itself; undefined if it ran until SIGTERM. */
  diedAfterSeconds: number | undefined;
  exit: TargetExit;
  /** Number of log lines per error. */
  errors: Record<string, number>;
  attackers: Tallies;
  /** Whether the attackers' process ran to the end. Otherwise the siege proves nothing. */
  attackedToTheEnd: boolean;
  loadAverage: string;
}

/** Time with honest clients only, before the attacks start. */
const PEACE_MS = 2000;
const SAMPLE_MS = 250;
const STOP_LIMIT_MS = 20_000;

/** Starts a service, attacks it while honest clients and probes use it, and stops it under attack. */
export async function runSiege({ seconds, attacks, seed, caseRate, env }: SiegeOptions): Promise<SiegeResult> {
  const target = await startTarget(env);
  const { url, adminUrl, token } = target;
  const over = new AbortController();
  const [honest, liveness, readiness] = [createLedger(), createLedger(), createLedger()];
  const clients = Promise.all([
    honestClients({ url, token, signal: over.signal }, honest),
    probe(`${adminUrl}/healthz`, over.signal, liveness),
    probe(`${adminUrl}/readyz`, over.signal, readiness),
  ]);
  await sleep(PEACE_MS);

  const orders: Orders = { url, adminUrl, token, seed, caseRate, names: attacks };
  const attackers = startAttackers(orders);
  const startedAt = performance.now();
  const residentMiBByMinute: number[] = [];
  while (performance.now() - startedAt < seconds * 1000 && !target.ended) {
    const minute = Math.floor((performance.now() - startedAt) / 60_000);
    const resident = Math.round(target.residentMiB() ?? 0);
    residentMiBByMinute[minute] = Math.max(residentMiBByMinute[minute] ?? 0, resident);
    await sleep(SAMPLE_MS);
  }
  const diedAfterSeconds = target.ended ? Math.round((performance.now() - startedAt) / 100) / 10 : undefined;
  const loadAverage = loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
  const attackedToTheEnd = attackers.running;
  over.abort();
  await clients;
  const ledgers = { honest: honest.summary(), liveness: liveness.summary(), readiness: readiness.summary() };
  // Outcomes of attacks during the shutdown are not relevant.
  const { tallies } = attackers;
  const exit = await target.stop(STOP_LIMIT_MS);
  await attackers.stop();

  const errors: Record<string, number> = {};
  for (const line of target.errors) {
    const what = messageOf(line);
    errors[what] = (errors[what] ?? 0) + 1;
  }
  return {
    seconds,
    seed,
    limited: target.limited,
    ...ledgers,
    maxResidentMiB: Math.max(...residentMiBByMinute),
    residentMiBByMinute,
    diedAfterSeconds,
    exit,
    errors,
    attackers: tallies,
    attackedToTheEnd,
    loadAverage,
  };
}

/** Returns the message of a log line, with the message of its error. */
function messageOf({ msg, err }: Record<string, unknown>): string {
  return typeof err === 'object' && err !== null && 'message' in err ? `${msg}: ${err.message}` : String(msg);
}

function startAttackers(orders: Orders) {
  const child = fork(join(import.meta.dirname, 'attackers-program.ts'));
  const exit = once(child, 'exit');
  let tallies: Tallies = {};
  child.on('message', (message: Tallies) => {
    tallies = message;
  });
  child.send(orders);
  return {
    get tallies() {
      return tallies;
    },
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    async stop(): Promise<void> {
      if (child.connected) child.send('stop');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exit;
      clearTimeout(timer);
    },
  };
}
