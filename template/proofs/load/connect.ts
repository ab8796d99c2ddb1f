import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Opens a connection. */
export type Connect = () => Socket;

/** @param url base URL of the service, without a path. */
export function tcpTo(url: string): Connect {
  const { hostname, port } = new URL(url);
  return () => connect({ host: hostname, port: Number(port), noDelay: true });
}

/** @param ca PEM certificate of the authority that issued the service's certificate. */
export function tlsTo(url: string, ca: string): Connect {
  const { hostname, port } = new URL(url);
  return () => connectTls({ host: hostname, port: Number(port), ca }).setNoDelay();
}
