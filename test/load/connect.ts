import { connect, type Socket } from 'node:net';

/** Begins a connection, over whatever carries bytes: TCP here, TLS by whoever passes another. */
export type Connect = () => Socket;

/** @param url base URL of the service, without a path. */
export function tcpTo(url: string): Connect {
  const { hostname, port } = new URL(url);
  return () => connect({ host: hostname, port: Number(port), noDelay: true });
}
