/** How to reach an API server. */
export interface Connection {
  /** Where the configuration comes from, for messages. */
  readonly source: string;
  readonly server: URL;
  /** Namespace of calls that name none. */
  readonly namespace: string;
  /** PEM: the CA of the server (default: Node's CAs), and the client certificate and key. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
  /** Called before each request. Returns undefined if the client has no bearer token. */
  token(): string | undefined;
}
