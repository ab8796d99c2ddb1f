import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect } from './connect.ts';
import { LostRequest, openConnection } from './connection.ts';
import { get } from './requests.ts';

export interface Probe {
  /** `performance.now()` when the probe was sent. */
  sentAt: number;
  /** Undefined if there was no response. */
  status: number | undefined;
}

const PERIOD_MS = 20;

/** Probes `path` until a probe gets no response, each time on a new connection as the kubelet does. */
export async function probeUntilClosed(
  connect: Connect,
  path: string,
  onProbe: (probe: Probe) => void = () => {},
): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (;;) {
    const probe = await probeOnce(connect, path);
    probes.push(probe);
    onProbe(probe);
    if (probe.status === undefined) return probes;
    await sleep(PERIOD_MS);
  }
}

async function probeOnce(connect: Connect, path: string): Promise<Probe> {
  const sentAt = performance.now();
  const connection = openConnection(connect);
  try {
    const { status } = await connection.request(get(path).bytes);
    return { sentAt, status };
  } catch (error) {
    if (!(error instanceof LostRequest)) throw error;
    return { sentAt, status: undefined };
  } finally {
    connection.close();
  }
}
