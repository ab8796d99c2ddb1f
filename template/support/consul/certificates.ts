import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { consulBinary } from '../../../test/support/consul/binary.ts';

export interface Certificates {
  /** Returns the configuration (HCL) of an agent that serves HTTPS on this port and requires a client certificate of the CA. */
  agentHcl(httpsPort: number): string;
  /** PEM. */
  ca: string;
  clientCert: string;
  clientKey: string;
}

/** Creates a certificate authority, an agent certificate and a client certificate with `consul tls`. */
export function createCertificates(): Certificates {
  if (consulBinary === undefined) throw new Error('creating certificates requires a Consul binary: set CONSUL_BIN');
  const binary = consulBinary;
  const directory = mkdtempSync(join(tmpdir(), 'consul-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const tls = (...args: string[]) => execFileSync(binary, ['tls', ...args], { cwd: directory });
  tls('ca', 'create');
  tls('cert', 'create', '-server', '-dc', 'dc1');
  tls('cert', 'create', '-client', '-dc', 'dc1');
  const path = (name: string) => join(directory, name);
  const text = (name: string) => readFileSync(path(name), 'utf8');
  return {
    agentHcl: (httpsPort) => `
      ports { https = ${httpsPort} }
      verify_incoming_https = true
      ca_file = "${path('consul-agent-ca.pem')}"
      cert_file = "${path('dc1-server-consul-0.pem')}"
      key_file = "${path('dc1-server-consul-0-key.pem')}"`,
    ca: text('consul-agent-ca.pem'),
    clientCert: text('dc1-client-consul-0.pem'),
    clientKey: text('dc1-client-consul-0-key.pem'),
  };
}
