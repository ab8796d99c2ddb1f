import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Proxy {
  readonly url: string;
  /** The target of each request or tunnel: `host:port`. */
  readonly targets: readonly string[];
  close(): void;
}

/** Starts a forward proxy that accepts CONNECT tunnels and requests in absolute form (RFC 9112 §3.2.2). */
export async function startProxy(): Promise<Proxy> {
  const targets: string[] = [];
  const tunnels = new Set<Duplex>();
  const server = createServer((incoming, response) => {
    const { host, pathname, search, hostname, port } = new URL(incoming.url ?? '');
    targets.push(host);
    const { method, headers } = incoming;
    const outgoing = request({ hostname, port, path: pathname + search, method, headers }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      upstream.pipe(response);
    });
    outgoing.on('error', () => response.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  server.on('connect', ({ url = '' }, socket: Duplex) => {
    targets.push(url);
    const [host, port] = url.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const stream of [socket, upstream]) tunnels.add(stream.on('error', () => stream.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close() {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
