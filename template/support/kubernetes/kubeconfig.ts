export interface KubeconfigOptions {
  /** Certificate of the server's authority, PEM. */
  readonly ca: string;
  /** Default: the API server. Another address is, for example, that of a proxy. */
  readonly server?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Bearer token. Default: none. */
  readonly token?: string;
  /** Path of a file with the bearer token, which clients read again. Default: none. */
  readonly tokenFile?: string;
}

/** Returns a kubeconfig as JSON, which is also YAML. */
export function createKubeconfig({ server, ca, namespace = 'default', token, tokenFile }: KubeconfigOptions): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token, tokenFile } }],
  });
}
