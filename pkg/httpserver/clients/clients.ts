import type { Socket } from 'node:net';
import type { Exchange } from '../exchange/exchange.ts';
import { clientKey } from './client-key.ts';

/** What one client address (of IPv6, one /64 network) takes up at the moment. */
export interface Client {
  /** Requests being served. */
  served: number;
  /** These, and responses that wait for the client to read them. */
  servedOrSending: number;
  /** Requests whose body is still arriving. */
  arriving: number;
  /** Bytes of request bodies in memory. */
  bodyBytes: number;
}

export interface Clients {
  /** The client that sent the request. Every request of a client gets the same object. */
  of(exchange: Exchange): Client;
  /** Must be called at the end of every exchange that {@link Clients.of} was called for. */
  release(exchange: Exchange): void;
}

export interface ClientsOptions {
  /** A proxy's connection then carries requests of many clients. */
  trustsProxies: boolean;
}

interface CountedClient extends Client {
  readonly key: string;
  /** Connections, or requests behind trusted proxies, that refer to it. */
  references: number;
}

const kClient = Symbol('client');
type ClientSocket = Socket & { [kClient]?: CountedClient };

/** Keeps one record for each client that has a connection or, behind trusted proxies, a request. */
export function createClients({ trustsProxies }: ClientsOptions): Clients {
  const byKey = new Map<string, CountedClient>();

  function refer(address: string): CountedClient {
    const key = clientKey(address);
    let client = byKey.get(key);
    if (!client) {
      client = { key, references: 0, served: 0, servedOrSending: 0, arriving: 0, bodyBytes: 0 };
      byKey.set(key, client);
    }
    client.references += 1;
    return client;
  }

  function unrefer(client: CountedClient): void {
    client.references -= 1;
    if (client.references === 0) byKey.delete(client.key);
  }

  /** Looked up once for each connection, so that a request costs nothing. */
  function ofSocket(socket: ClientSocket, address: string): CountedClient {
    const known = socket[kClient];
    if (known) return known;
    const client = refer(address);
    socket[kClient] = client;
    socket.once('close', () => unrefer(client));
    return client;
  }

  return {
    of(exchange) {
      exchange.client ??= trustsProxies
        ? refer(exchange.clientAddress)
        : ofSocket(exchange.request.socket, exchange.clientAddress);
      return exchange.client;
    },
    release({ client }) {
      if (trustsProxies && client) unrefer(client as CountedClient);
    },
  };
}
