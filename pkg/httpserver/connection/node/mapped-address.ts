import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/**
 * Makes the sockets of a server that listens on IPv6 and IPv4 report an IPv4 client by its IPv4 address, 192.0.2.1. Node
 * reports its IPv6 form (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2): https://github.com/nodejs/node/issues/9251. Everything
 * that uses a client's address reads it from the socket: logs, spans, rate limits, trusted proxies.
 */
export function unmapRemoteAddresses(server: Server): void {
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    const address = unmapped(socket.remoteAddress);
    if (address !== socket.remoteAddress) {
      Object.defineProperties(socket, { remoteAddress: { value: address }, remoteFamily: { value: 'IPv4' } });
    }
  });
}

function unmapped(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
