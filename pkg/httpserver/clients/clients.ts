import type { Socket } from 'node:net';
import { clientKey } from './client-key.ts';

/** The resources that one client address (for IPv6, one /64 network) currently holds. */
export interface Client {
  /** Requests being served. */
  served: number;
  /** Requests being served, and responses that the client has not read yet. */
  servedOrSending: number;
  /** Requests whose body is still arriving. */
  arriving: number;
  /** Bytes of request bodies in memory. */
  bodyBytes: number;
}

/** The fields of an exchange that identify the client that sent it. */
export interface Sender {
  readonly request: { readonly socket: Socket };
  readonly clientAddress: string;
  /** Set by {@link Clients.of}. */
  client: Client | undefined;
}

export interface Clients {
  /** Returns the client that sent the request: the same object for all requests of a client. */
  of(sender: Sender): Client;
  /** Must be called at the end of every exchange that {@link Clients.of} was called for. */
  release(sender: Sender): void;
}

export interface ClientsOptions {
  /** Whether a connection may belong to a proxy, which carries the requests of many clients. */
  trustsProxies: boolean;
}

interface CountedClient extends Client {
  readonly key: string;
  /** Number of connections that refer to it or, behind trusted proxies, of requests. */
  references: number;
}

const kClient = Symbol('client');
type ClientSocket = Socket & { [kClient]?: CountedClient };

/** Keeps one record per client that has a connection or, behind trusted proxies, a request. */
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

  /** Looked up once per connection, so that a request costs nothing. */
  function ofSocket(socket: ClientSocket, address: string): CountedClient {
    const known = socket[kClient];
    if (known) return known;
    const client = refer(address);
    socket[kClient] = client;
    socket.once('close', () => unrefer(client));
    return client;
  }

  return {
    of(sender) {
      sender.client ??= trustsProxies
        ? refer(sender.clientAddress)
        : ofSocket(sender.request.socket, sender.clientAddress);
      return sender.client;
    },
    release({ client }) {
      if (trustsProxies && client) unrefer(client as CountedClient);
    },
  };
}
