import type { Socket } from 'node:net';

interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
  /** For a TLS connection: the handle of the TCP connection. */
  _parent?: Handle;
}

/**
 * Returns the number of bytes that the operating system has accepted. `socket.bytesWritten` also counts what waits
 * within Node (`bytesWritten` in lib/net.js adds the buffered and the pending data), so it does not show whether the
 * client is reading. Only the handle knows how much of a pending write has been sent.
 */
export function bytesSent(socket: Socket & { _handle?: Handle | null }): number {
  const handle = socket._handle?._parent ?? socket._handle;
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
