import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The fault that the proxy injects into connections, starting with the next bytes. */
export type Fault =
  | { kind: 'none' }
  /** Delays every response. */
  | { kind: 'delay'; ms: number }
  /** Sends no more bytes of a response after `afterBytes`. */
  | { kind: 'stall'; afterBytes: number }
  /** Resets the connection after `afterBytes` of a response. */
  | { kind: 'cut'; afterBytes: number }
  /** Resets every second connection when its first request arrives. */
  | { kind: 'reset-half' };

/** A TCP proxy between a client and an agent. */
export interface FaultyProxy {
  readonly url: string;
  set(fault: Fault): void;
  /** Number of open client connections. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** @param port default: a free port. */
export async function startFaultyProxy(targetUrl: string, port = 0): Promise<FaultyProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let fault: Fault = { kind: 'none' };
  let accepted = 0;

  const server = createServer((client) => {
    accepted += 1;
    const isSecond = accepted % 2 === 0;
    const upstream = connect(Number(target.port), target.hostname);
    let responseBytes = 0;
    for (const socket of [client, upstream]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('data', (chunk) => {
      responseBytes = 0;
      if (fault.kind === 'reset-half' && isSecond) client.resetAndDestroy();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (fault.kind === 'delay') {
        setTimeout(() => client.write(chunk), fault.ms);
      } else if (fault.kind === 'stall' || fault.kind === 'cut') {
        const rest = chunk.subarray(0, Math.max(0, fault.afterBytes - responseBytes));
        responseBytes += chunk.length;
        client.write(rest);
        if (fault.kind === 'cut' && responseBytes >= fault.afterBytes) setImmediate(() => client.resetAndDestroy());
      } else {
        client.write(chunk);
      }
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    set(next) {
      fault = next;
    },
    get connections() {
      return sockets.size;
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
