import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryCgroup, mayMakeMemoryCgroups } from '../../../test/edge/memory-cgroup.ts';
import { startService } from '../../../test/process/service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'urn:example:siege';
const MEMORY_LIMIT = 256 * 1_048_576;

/** The production build under production settings, in a memory control group where those can be created. */
export interface Target {
  readonly url: string;
  readonly adminUrl: string;
  /** A token that may read and write flags. */
  readonly token: string;
  /** Whether the kernel enforces the memory limit. */
  readonly limited: boolean;
  /** Undefined after the process has ended. */
  residentMiB(): number | undefined;
  /** Error and fatal log lines so far. */
  readonly errors: readonly Record<string, unknown>[];
  readonly ended: boolean;
  /** Sends SIGTERM, waits, and kills what is still there after `limitMs`. */
  stop(limitMs: number): Promise<TargetExit>;
}

export interface TargetExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  tookMs: number;
  /** Highest resident memory that was sampled, kills by the kernel for memory, and the end of standard error. */
  kernelKills: number;
  stderr: string;
}

export function buildService(): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT });
}

/** Starts what {@link buildService} built. `env` overrides the production settings. */
export async function startTarget(env: NodeJS.ProcessEnv = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'siege-'));
  const { jwks, token } = issueToken();
  writeFileSync(join(folder, 'jwks.json'), jwks);
  const cgroup = mayMakeMemoryCgroups() ? createMemoryCgroup(MEMORY_LIMIT) : undefined;
  const service = await startService({
    program: 'dist/cmd/server/main.js',
    launcher: cgroup?.launcher ?? [],
    keepLine: ({ level, msg }) => level === 'error' || level === 'fatal' || / listening at /.test(String(msg)),
    env: { ...productionSettings(), SKIFF_AUTH_JWKS_FILE: join(folder, 'jwks.json'), ...env },
  });
  let ended = false;
  const exit = service.exit.then((end) => {
    ended = true;
    return end;
  });
  return {
    url: service.url,
    adminUrl: service.adminUrl,
    token,
    limited: cgroup !== undefined,
    residentMiB: () => (ended ? undefined : residentMiB(service.child.pid)),
    get errors() {
      return service.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    },
    get ended() {
      return ended;
    },
    async stop(limitMs) {
      const begun = performance.now();
      service.kill('SIGTERM');
      const timer = setTimeout(() => service.kill('SIGKILL'), limitMs);
      const { code, signal, stderr } = await exit;
      clearTimeout(timer);
      const kernelKills = cgroup?.kills ?? 0;
      cgroup?.remove();
      rmSync(folder, { recursive: true });
      return { code, signal, tookMs: performance.now() - begun, kernelKills, stderr: stderr.slice(0, 500) };
    },
  };
}

/** What `production.yaml` leaves open, with free ports on the loopback interface and the heap flags of the image. */
export function productionSettings(): NodeJS.ProcessEnv {
  const [, options] = /NODE_OPTIONS="([^"]*)"/.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  if (options === undefined) throw new Error('the Dockerfile sets no NODE_OPTIONS');
  return {
    NODE_ENV: 'production',
    NODE_OPTIONS: options,
    SKIFF_ENVIRONMENT: 'production',
    SKIFF_HTTP_HOST: '127.0.0.1',
    SKIFF_HTTP_PORT: '0',
    SKIFF_ADMIN_HOST: '127.0.0.1',
    SKIFF_ADMIN_PORT: '0',
    SKIFF_AUTH_ISSUER: ISSUER,
    SKIFF_AUTH_AUDIENCE: AUDIENCE,
  };
}

function issueToken(): { jwks: string; token: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { alg: 'ES256', kid: 'siege' };
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'siege', roles: ['flags-editor'], iat: now, exp: now + 86_400 };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const key = { ...publicKey.export({ format: 'jwk' }), ...header, use: 'sig' };
  return { jwks: JSON.stringify({ keys: [key] }), token: `${text}.${signature.toString('base64url')}` };
}

function residentMiB(pid: number | undefined): number | undefined {
  try {
    const kB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kB === undefined ? undefined : Number(kB) / 1024;
  } catch {
    return undefined;
  }
}
