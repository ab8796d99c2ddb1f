import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Starts a server of Node without anything of this project, for tests of what Node itself does. It closes with the test.
 */
export async function bareServer(listener: RequestListener, options: ServerOptions = {}): Promise<Server> {
  return listening(createServer(options, listener));
}

/** Has the server listen on a free port of the loopback interface until the test ends. */
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

/** Sends the bytes on a new connection and resolves with all that is received until it closes. */
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
