/** Tests that the service serves, probes and stops normally if its standard output is full, closed or slow. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../../test/support/free-ports.ts';
import { metric } from '../../support/metric.ts';

const PROGRAM = join(import.meta.dirname, '../../support/server.ts');
/** The log lines of these requests exceed a pipe (64 KiB) and the log buffer. */
const REQUESTS = 800;
/** The log lines of these requests exceed a socket buffer (208 KiB). */
const SOCKET_REQUESTS = 1_500;
const PROBE_LIMIT_MS = 10_000;
/** For a shutdown, on a busy machine. The hard deadline, after which the exit code is 1, is 9 s. */
const STOP_LIMIT_MS = 8_000;

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

interface MutedOptions {
  /** Standard output of the service. */
  stdout: number | 'pipe';
  env?: NodeJS.ProcessEnv;
}

/** Starts the service without reading its log, and waits until it is ready. */
async function startMuted({ stdout, env = {} }: MutedOptions) {
  const [port, adminPort] = await freePorts(2);
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env.PATH,
      SKIFF_ENVIRONMENT: 'test',
      SKIFF_HTTP_PORT: String(port),
      SKIFF_ADMIN_PORT: String(adminPort),
      SKIFF_LOG_BUFFER_SIZE: '64KiB',
      // Disables load shedding, because each request has to write its log line even on a busy machine.
      SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s',
      ...env,
    },
    stdio: ['ignore', stdout, 'pipe'],
  });
  children.add(child);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal, stderr }));
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  await expect.poll(() => isReady(adminUrl)).toBe(true);

  return {
    child,
    url,
    adminUrl,
    exited,
    /** Requests the items `times` times and returns how many responses had status 200. */
    async request(times: number): Promise<number> {
      let served = 0;
      for (let i = 0; i < times; i += 50) {
        const responses = await Promise.all(
          Array.from({ length: 50 }, async () => {
            const response = await fetch(`${url}/v1/items`);
            await response.arrayBuffer();
            return response.status;
          }),
        );
        served += responses.filter((status) => status === 200).length;
      }
      return served;
    },
    dropped: () => metric({ adminUrl }, 'log_lines_dropped_total'),
    /** Sends SIGTERM and returns the exit and its duration. */
    async stop() {
      const startedAt = performance.now();
      child.kill('SIGTERM');
      return { ...(await exited), ms: performance.now() - startedAt };
    },
  };
}

async function isReady(adminUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}

/** Creates a pipe like that of a container. The read end is open but not read. */
function createPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
  const path = join(folder, 'stdout');
  execFileSync('mkfifo', [path]);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  rmSync(folder, { recursive: true });
  const bytes = Buffer.alloc(65_536);
  let text = '';
  return {
    writeFd,
    /** Reads the available data and returns all lines so far. */
    read(): Record<string, unknown>[] {
      try {
        for (let count = -1; count !== 0; ) {
          count = readSync(readFd, bytes);
          text += bytes.toString('latin1', 0, count);
        }
      } catch {
        // EAGAIN: no more data for now.
      }
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    },
    closeReadEnd: () => closeSync(readFd),
  };
}

const named = (lines: readonly Record<string, unknown>[], message: string) =>
  lines.filter(({ msg }) => msg === message);

const reports = (lines: readonly Record<string, unknown>[]) =>
  named(lines, 'log lines dropped: standard output did not accept them');

test('a full disk on standard output (/dev/full) only loses log lines', async () => {
  const full = openSync('/dev/full', 'w');
  const service = await startMuted({ stdout: full });
  closeSync(full);
  expect(await service.request(REQUESTS)).toBe(REQUESTS);
  expect(await service.dropped()).toBeGreaterThan(REQUESTS / 2);
  expect(await isReady(service.adminUrl)).toBe(true);
  const { code, stderr, ms } = await service.stop();
  expect([code, stderr]).toEqual([0, '']);
  expect(ms).toBeLessThan(STOP_LIMIT_MS);
});

test('with log.onFull=block, a full disk does not stop the service either', async () => {
  const full = openSync('/dev/full', 'w');
  const service = await startMuted({ stdout: full, env: { SKIFF_LOG_ON_FULL: 'block' } });
  closeSync(full);
  expect(await service.request(REQUESTS)).toBe(REQUESTS);
  const { code, stderr } = await service.stop();
  expect([code, stderr]).toEqual([0, '']);
});

test('a failed start with a full disk on standard output exits with 1', async () => {
  const full = openSync('/dev/full', 'w');
  const service = await startMuted({ stdout: full });
  const second = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env.PATH,
      SKIFF_ENVIRONMENT: 'test',
      SKIFF_HTTP_PORT: '0',
      SKIFF_ADMIN_PORT: new URL(service.adminUrl).port,
    },
    stdio: ['ignore', full, 'inherit'],
  });
  children.add(second);
  closeSync(full);
  expect((await once(second, 'exit'))[0]).toBe(1);
  expect((await service.stop()).code).toBe(0);
});

test.each([
  ['pipe', REQUESTS],
  ['socket', SOCKET_REQUESTS],
])('a reader that stalls (%s) only loses log lines', async (kind, requests) => {
  const pipe = createPipe();
  // Node's "pipe" is a socket. Only what Node buffers is read from it.
  const service = await startMuted({ stdout: kind === 'pipe' ? pipe.writeFd : 'pipe' });
  service.child.stdout?.pause();
  expect(await service.request(requests)).toBe(requests);
  expect(await service.dropped()).toBeGreaterThan(100);
  const startedAt = performance.now();
  expect(await isReady(service.adminUrl)).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  const { code, stderr, ms } = await service.stop();
  expect([code, stderr]).toEqual([0, '']);
  expect(ms).toBeLessThan(STOP_LIMIT_MS);
});

test('when the reader resumes, one line reports the number of dropped lines, and no line is truncated', async () => {
  const pipe = createPipe();
  const service = await startMuted({ stdout: pipe.writeFd });
  expect(await service.request(REQUESTS)).toBe(REQUESTS);
  expect(await service.dropped()).toBeGreaterThan(0);
  await expect.poll(() => reports(pipe.read())).toHaveLength(1);
  const dropped = await service.dropped();
  expect(reports(pipe.read())).toEqual([expect.objectContaining({ level: 'warn', dropped })]);
  expect(await service.request(50)).toBe(50);
  const reading = setInterval(() => pipe.read(), 5);
  onTestFinished(() => clearInterval(reading));
  const { code } = await service.stop();
  expect(code).toBe(0);
  expect(named(pipe.read(), 'request')).toHaveLength(REQUESTS + 50 - dropped);
  expect(pipe.read().at(-1)).toMatchObject({ msg: 'stopped' });
});

test('with log.onFull=block no line is lost: requests wait until the reader resumes', async () => {
  const pipe = createPipe();
  const service = await startMuted({ stdout: pipe.writeFd, env: { SKIFF_LOG_ON_FULL: 'block' } });
  const requested = service.request(REQUESTS);
  const early = await Promise.race([requested, new Promise((resolve) => setTimeout(resolve, 2_000, 'waiting'))]);
  expect(early).toBe('waiting');
  const reading = setInterval(() => pipe.read(), 5);
  onTestFinished(() => clearInterval(reading));
  expect(await requested).toBe(REQUESTS);
  expect(await service.dropped()).toBe(0);
  expect((await service.stop()).code).toBe(0);
  expect(named(pipe.read(), 'request')).toHaveLength(REQUESTS);
});

test('a reader that closes the pipe (EPIPE) only loses log lines', async () => {
  const pipe = createPipe();
  const service = await startMuted({ stdout: pipe.writeFd });
  closeSync(pipe.writeFd);
  pipe.closeReadEnd();
  expect(await service.request(REQUESTS)).toBe(REQUESTS);
  expect(await service.dropped()).toBeGreaterThan(REQUESTS / 2);
  const { code, stderr, ms } = await service.stop();
  expect([code, stderr]).toEqual([0, '']);
  expect(ms).toBeLessThan(STOP_LIMIT_MS);
});

const canMount = process.getuid?.() === 0;
test.skipIf(!canMount)(
  'a disk with free space again receives lines again (skipped: mounting a tmpfs requires root)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', folder]);
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true });
    });
    const filler = join(folder, 'filler');
    execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1k', 'count=160', 'status=none']);
    const log = join(folder, 'log');
    const file = openSync(log, 'a');
    const service = await startMuted({ stdout: file });
    closeSync(file);
    expect(await service.request(REQUESTS)).toBe(REQUESTS);
    expect(await isReady(service.adminUrl)).toBe(true);
    expect(await service.dropped()).toBeGreaterThan(100);
    rmSync(filler);
    const lines = () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await expect.poll(() => reports(lines())).toHaveLength(1);
    const dropped = await service.dropped();
    expect(reports(lines())).toEqual([expect.objectContaining({ level: 'warn', dropped })]);
    const { code, stderr } = await service.stop();
    expect([code, stderr]).toEqual([0, '']);
    expect(named(lines(), 'request')).toHaveLength(REQUESTS - dropped);
    expect(lines().at(-1)).toMatchObject({ msg: 'stopped' });
  },
);

const hasScript = existsSync('/usr/bin/script');
test.skipIf(!hasScript)(
  'a terminal that closes (EIO) does not stop the service (skipped without script(1))',
  async () => {
    const [port, adminPort] = await freePorts(2);
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const command = `echo $$ > ${folder}/pid; exec ${process.execPath} ${PROGRAM}`;
    const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
      env: {
        PATH: process.env.PATH,
        SKIFF_ENVIRONMENT: 'test',
        SKIFF_HTTP_PORT: String(port),
        SKIFF_ADMIN_PORT: String(adminPort),
        SKIFF_LOG_FORMAT: 'pretty',
        SKIFF_LOG_BUFFER_SIZE: '64KiB',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.add(terminal);
    terminal.stdout.resume();
    await expect.poll(() => isReady(adminUrl)).toBe(true);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    onTestFinished(() => {
      if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
    });
    terminal.kill('SIGKILL');
    await once(terminal, 'close');
    for (let i = 0; i < 500; i++) await (await fetch(`http://127.0.0.1:${port}/v1/items`)).arrayBuffer();
    expect(await metric({ adminUrl }, 'log_lines_dropped_total')).toBeGreaterThan(0);
    expect(await isReady(adminUrl)).toBe(true);
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  },
);
