import { connect } from 'node:net';
import type { Connect } from '../load/connect.ts';

/** Connects from any loopback address: on Linux all of 127.0.0.0/8 is local. */
export function tcpFrom(localAddress: string, url: string): Connect {
  const { hostname, port } = new URL(url);
  return () => connect({ host: hostname, port: Number(port), localAddress, noDelay: true });
}
