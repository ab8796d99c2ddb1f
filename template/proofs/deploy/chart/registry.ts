import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_LIMIT_MS = 60_000;

export interface Registry {
  /** `127.0.0.1:<port>`, for plain HTTP. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts `docker-registry`, an OCI registry, on a free port with its storage in a temporary folder. */
export async function startRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const config = join(folder, 'config.yaml');
  const storage = { filesystem: { rootdirectory: join(folder, 'store') } };
  writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: '127.0.0.1:0' } }));
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
    rmSync(folder, { recursive: true });
  };

  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const seen: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    seen.push(line);
    const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (host === undefined) continue;
    clearTimeout(limit);
    child.stderr.resume();
    return { host, stop };
  }
  clearTimeout(limit);
  await stop();
  throw new Error(`docker-registry failed to start: ${seen.join('\n')}`);
}
