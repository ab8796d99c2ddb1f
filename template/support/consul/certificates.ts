import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { consulBinary } from '../../../test/support/consul/binary.ts';

export interface Certificates {
  /** Configuration, in HCL, of an agent that serves HTTPS on this port to those who show a certificate of the CA. */
  agentHcl(httpsPort: number): string;
  /** PEM. */
  ca: string;
  clientCert: string;
  clientKey: string;
}

/** A certificate authority with an agent's and a client's certificate, made by Consul's own tool. */
export function createCertificates(): Certificates {
  if (consulBinary === undefined) throw new Error('there is no consul to make certificates with');
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
