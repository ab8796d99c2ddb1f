import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What the proxy does to connections, from the next bytes on. */
export type Fault =
  | { kind: 'none' }
  /** Every answer comes this much later. */
  | { kind: 'delay'; ms: number }
  /** After so many bytes of an answer nothing more comes. */
  | { kind: 'stall'; afterBytes: number }
  /** After so many bytes of an answer the connection is reset. */
  | { kind: 'cut'; afterBytes: number }
  /** Every second connection is reset when its first request comes. */
  | { kind: 'reset-half' };

/** A real TCP proxy that stands between a client and an agent. */
export interface FaultyProxy {
  readonly url: string;
  set(fault: Fault): void;
  /** Connections from clients that are open now. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** @param port default: a free one. */
export async function startFaultyProxy(targetUrl: string, port = 0): Promise<FaultyProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let fault: Fault = { kind: 'none' };
  let accepted = 0;

  const server = createServer((client) => {
    accepted += 1;
    const isSecond = accepted % 2 === 0;
    const upstream = connect(Number(target.port), target.hostname);
    let answered = 0;
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
      answered = 0;
      if (fault.kind === 'reset-half' && isSecond) client.resetAndDestroy();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (fault.kind === 'delay') {
        setTimeout(() => client.write(chunk), fault.ms);
      } else if (fault.kind === 'stall' || fault.kind === 'cut') {
        const rest = chunk.subarray(0, Math.max(0, fault.afterBytes - answered));
        answered += chunk.length;
        client.write(rest);
        if (fault.kind === 'cut' && answered >= fault.afterBytes) setImmediate(() => client.resetAndDestroy());
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
