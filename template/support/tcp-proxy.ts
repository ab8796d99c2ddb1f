import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy between a client and a server on this machine. */
export interface TcpProxy {
  readonly port: number;
  /** Number of open client connections. */
  readonly connections: number;
  /** Connects new connections to another port. Existing ones stay where they are. */
  switchTo(port: number): void;
  /**
   * Stops forwarding bytes in both directions without closing anything, as if packets were lost: existing connections become
   * half-open for good, and new ones are accepted but silent.
   */
  silence(): void;
  /** Forwards new connections again. Clients get no notice of the end of those that {@link silence} affected. */
  restore(): void;
  /** Resets all connections. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const clients = new Set<Socket>();
  const pairs = new Map<Socket, Socket>();
  const lost: Socket[] = [];
  let target = targetPort;
  let silent = false;

  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('close', () => clients.delete(client));
    if (silent) {
      client.pause();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    pairs.set(client, upstream);
    upstream.on('error', () => client.resetAndDestroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      pairs.delete(client);
      upstream.destroy();
    });
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return clients.size;
    },
    switchTo(port) {
      target = port;
    },
    silence() {
      silent = true;
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
        // The end of one side must not reach the other side either.
        upstream.removeAllListeners('close');
        upstream.removeAllListeners('error').on('error', () => {});
        lost.push(upstream);
      }
    },
    restore() {
      silent = false;
      // The server detects the loss by its keep-alive probes.
      for (const upstream of lost.splice(0)) upstream.destroy();
    },
    reset() {
      for (const client of clients) client.resetAndDestroy();
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
