import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CHART, outputOf } from '../../test/deploy/helm.ts';
import { startRegistry } from './deploy/chart/registry.ts';

/** Built by `template/ci/install-cosign.sh`. */
const COSIGN = join(import.meta.dirname, '../../.cache/cosign/cosign');
/** Where the installations of the tools for the chart put helm and docker-registry. */
const TOOLS = join(import.meta.dirname, '../../.cache/kubernetes/bin');
process.env.PATH = `${TOOLS}${delimiter}${process.env.PATH}`;
/** The local registry has no TLS, and nothing is sent to the public transparency log. */
const LOCAL = ['--allow-http-registry', '--allow-insecure-registry'];

const describeWithCosign = existsSync(COSIGN) ? describe : describe.skip;

describeWithCosign('a chart that is signed in a registry (needs cosign)', () => {
  test('is verified by the public key, and a chart that was not signed is not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signature-'));
    const registry = await startRegistry();
    onTestFinished(async () => {
      await registry.stop();
      rmSync(folder, { recursive: true });
    });
    const cosign = (...args: string[]) =>
      promisify(execFile)(COSIGN, args, { cwd: folder, env: { ...process.env, COSIGN_PASSWORD: '' } });
    const push = async (version: string): Promise<string> => {
      await outputOf('helm', ['package', CHART, '--version', version, '--destination', folder]);
      const archive = join(folder, `skiff-${version}.tgz`);
      const { stdout, stderr } = await promisify(execFile)('helm', [
        ...['push', archive, `oci://${registry.host}/charts`, '--plain-http'],
      ]);
      const [, digest] = /Digest: (sha256:\w+)/.exec(stdout + stderr) ?? [];
      return `${registry.host}/charts/skiff@${digest}`;
    };
    const [signed, unsigned] = [await push('1.0.0'), await push('1.0.1')];

    await cosign('generate-key-pair');
    const offline = ['--tlog-upload=false', '--use-signing-config=false'];
    await cosign('sign', '--yes', '--key', 'cosign.key', ...offline, ...LOCAL, signed);

    const verify = (reference: string) =>
      cosign('verify', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', ...LOCAL, reference);
    const { stdout } = await verify(signed);
    expect(stdout).toContain(signed.split('@')[1]);
    await expect(verify(unsigned)).rejects.toThrow('no signatures found');
    expect(readFileSync(join(folder, 'cosign.pub'), 'utf8')).toContain('PUBLIC KEY');
  });
});
