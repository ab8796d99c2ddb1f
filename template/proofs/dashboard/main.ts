/**
 * Measures what the dashboard costs: CPU time per request, compared with a copy of the service without `pkg/devtools`,
 * in development. The services take turns, and each ratio compares turns of the same round.
 *
 *     node template/proofs/dashboard/main.ts [json|pretty] [rounds]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../../test/support/free-ports.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TURN_MS = 1500;
const CONNECTIONS = 16;
const REQUEST = 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n';

const [format = 'json', rounds = '15'] = process.argv.slice(2);

/** Copies the service without the dashboard. */
function copyWithoutDashboard(): string {
  const root = mkdtempSync(join(tmpdir(), 'without-dashboard-'));
  for (const name of ['cmd', 'internal', 'pkg', 'config', 'package.json']) {
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  }
  rmSync(join(root, 'pkg/devtools'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

interface Service {
  child: ChildProcess;
  url: string;
  adminUrl: string;
}

/** Starts a service in development, with its log discarded. Resolves when it is ready. */
async function start(root: string): Promise<Service> {
  const [http, admin] = await freePorts(2);
  const env = {
    ...{ PATH: process.env.PATH, SKIFF_ENVIRONMENT: 'development', SKIFF_LOG_FORMAT: format },
    ...{ SKIFF_HTTP_PORT: String(http), SKIFF_ADMIN_PORT: String(admin), SKIFF_HTTP_MAX_CONNECTION_AGE: '0s' },
  };
  const child = spawn(process.execPath, [join(root, 'cmd/server/main.ts')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const adminUrl = `http://127.0.0.1:${admin}`;
  const isReady = () =>
    fetch(`${adminUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`the service exited with code ${child.exitCode}`);
    await delay(100);
  }
  return { child, url: `http://127.0.0.1:${http}`, adminUrl };
}

/** CPU time of a process in milliseconds, user and system; Linux counts in units of 10 ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Sends requests on every connection, one after another, and returns how many there were. */
async function sendRequests(url: string): Promise<number> {
  const until = performance.now() + TURN_MS;
  const port = Number(new URL(url).port);
  let requests = 0;
  const connections = Array.from({ length: CONNECTIONS }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST));
    socket.on('error', reject).on('close', () => resolve());
    socket.on('data', () => {
      requests += 1;
      if (performance.now() < until) socket.write(REQUEST);
      else socket.end();
    });
    return promise;
  });
  await Promise.all(connections);
  return requests;
}

/** Returns CPU time per request in microseconds. */
async function measure({ url, child: { pid = 0 } }: Service): Promise<number> {
  const before = cpuMs(pid);
  const requests = await sendRequests(url);
  return (1000 * (cpuMs(pid) - before)) / requests;
}

/** Polls as an open page does. Returns a function that stops. */
function openPage(adminUrl: string): () => void {
  const timer = setInterval(() => void fetch(`${adminUrl}/devtools/state`).then((response) => response.text()), 1000);
  return () => clearInterval(timer);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((one, other) => one - other)[Math.floor(share * (values.length - 1))] ?? Number.NaN;

const copy = copyWithoutDashboard();
const services: Service[] = [];
try {
  for (const root of [copy, ROOT, ROOT]) services.push(await start(root));
  const stopPolling = openPage(services[2]?.adminUrl ?? '');
  const turns: number[][] = [];
  // The first round warms up.
  for (let round = 0; round <= Number(rounds); round++) {
    const turn: number[] = [];
    // In random order, so that no row always follows the same one.
    for (const [index, service] of shuffled([...services.entries()])) turn[index] = await measure(service);
    if (round > 0) turns.push(turn);
  }
  stopPolling();
  console.log(
    `log.format ${format}, ${turns.length} rounds of ${TURN_MS / 1000} s, load average ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const [index, name] of ['absent', 'nobody looks', 'one page open'].entries()) {
    const costs = turns.map((turn) => turn[index] ?? 0);
    const ratios = turns.map((turn) => (turn[index] ?? 0) / (turn[0] ?? 0));
    const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(ratios, share).toFixed(2));
    console.log(`${name.padEnd(14)} ${quantile(costs, 0.2).toFixed(1)} µs/request  ratio ${middle} (${low}–${high})`);
  }
} finally {
  for (const { child } of services) child.kill('SIGTERM');
  rmSync(copy, { recursive: true });
}
