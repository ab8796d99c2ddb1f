import { X509Certificate } from 'node:crypto';
import {
  createTestAuthority,
  type IssuedPair,
  type TestAuthority,
} from '../../../../../test/support/test-authority.ts';
import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { apply, runScript } from '../pods.ts';
import { must, type Step, secondsSince } from '../step.ts';
import { addressesOf, install, podsOf } from './release.ts';
import { sameKeys } from './rollout.ts';

const SECRET = 'certificates';
const FILES = { certFile: '/etc/skiff/tls/tls.crt', keyFile: '/etc/skiff/tls/tls.key' };
const VALUES = {
  config: { http: { tls: FILES }, admin: { tls: FILES } },
  secretMounts: { [SECRET]: '/etc/skiff/tls' },
};

/** Installs the release with certificates from a Secret, then replaces them. */
export async function tlsSteps(): Promise<readonly Step[]> {
  const authority = await createTestAuthority();
  const installWithTls: Step = {
    name: 'helm install with TLS on both listeners becomes ready',
    async run(cluster, report) {
      await applySecret(cluster, await issueFor(cluster, authority));
      await install({ values: VALUES }).run(cluster, report);
    },
  };
  const exchange: Step = {
    name: 'a certificate replaced in its Secret is served without a restart and loses no request',
    async run(cluster, report) {
      const https = `https://${cluster.release}.${cluster.namespace}`;
      const urls = [`${https}:80/version`, `${https}:80/healthz`];
      const act = async (): Promise<void> => {
        const before = await podsOf(cluster);
        const next = await issueFor(cluster, authority);
        const startedAt = performance.now();
        await applySecret(cluster, next);
        const addresses = await addressesOf(cluster);
        const { serialNumber } = new X509Certificate(next.cert);
        await runScript(cluster, 'handshakes', untilServed(addresses, serialNumber));
        report(`${addresses.length} pods served it at most ${secondsSince(startedAt)} s after the Secret had changed`);
        must(sameKeys(before, await podsOf(cluster)), 'the same pods');
      };
      await underLoad(cluster, report, act, { urls, authority: authority.cert });
    },
  };
  return [installWithTls, exchange];
}

function issueFor({ release, namespace }: Cluster, authority: TestAuthority): Promise<IssuedPair> {
  return authority.issue('CN=skiff', { dnsNames: [release, `${release}.${namespace}`] });
}

async function applySecret(cluster: Cluster, { cert, key }: IssuedPair): Promise<void> {
  const stringData = { 'tls.crt': cert, 'tls.key': key };
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: SECRET },
    stringData,
  });
}

/** Returns a script that waits for the new certificate. The kubelet refreshes mounted Secrets about once a minute. */
function untilServed(addresses: readonly string[], serialNumber: string): string {
  return `
    import { connect } from 'node:tls';
    const served = (host) => new Promise((resolve) => {
      const socket = connect({ host, port: 8080, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.code));
    });
    const deadline = Date.now() + 110_000;
    for (const address of ${JSON.stringify(addresses)}) {
      for (let serial; (serial = await served(address)) !== ${JSON.stringify(serialNumber)}; ) {
        if (Date.now() > deadline) throw new Error(address + ' still serves ' + serial);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }`;
}
