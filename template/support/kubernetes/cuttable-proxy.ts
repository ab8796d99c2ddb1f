import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a server, which can close or freeze its connections. It does not decrypt them. */
export interface CuttableProxy {
  /** The server's URL with the proxy's port. */
  readonly url: string;
  /** Resets all connections and returns how many there were. New ones are accepted at once. */
  cut(): number;
  /** Forwards nothing more on the open connections, without closing them, and returns how many there are. */
  freeze(): number;
  stop(): Promise<void>;
}

export async function startCuttableProxy(targetUrl: string): Promise<CuttableProxy> {
  const target = new URL(targetUrl);
  const clients = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    clients.add(client);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        if (!frozen.has(client)) to.write(chunk);
      });
    }
    client.on('close', () => clients.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  function cut(): number {
    const open = [...clients];
    for (const client of open) client.resetAndDestroy();
    return open.length;
  }
  return {
    url: `${target.protocol}//127.0.0.1:${address.port}`,
    cut,
    freeze() {
      for (const client of clients) frozen.add(client);
      return clients.size;
    },
    async stop() {
      server.close();
      cut();
      if (server.listening) await once(server, 'close');
    },
  };
}
