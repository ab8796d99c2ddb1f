import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Starts a plain Node server without code of this project, for tests of Node's own behaviour. It closes when the test
 * finishes.
 */
export async function bareServer(listener: RequestListener, options: ServerOptions = {}): Promise<Server> {
  return listening(createServer(options, listener));
}

/** Makes the server listen on a free port of the loopback interface until the test finishes. */
export async function listening<Listener extends Server>(server: Listener, host = '127.0.0.1'): Promise<Listener> {
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Sends raw bytes on a new connection and returns everything received until it is closed. */
export async function talk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', (text) => {
    received += text;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close', { signal: AbortSignal.timeout(5000) });
  return received;
}
