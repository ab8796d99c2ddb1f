import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSIONS, readSchema } from './strict-schema.ts';

/** The result of a validator. */
export interface Verdict {
  /** Whether the validator exited with 0. */
  readonly clean: boolean;
  /** Standard output and standard error. */
  readonly text: string;
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function validate(program: string, args: readonly string[], input = ''): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ clean: error === null, text: `${stdout}${stderr}` });
    });
    child.stdin?.end(input);
  });
}

/** Writes the schemas in kubeconform's layout, in one folder per version. */
export function writeKubeconformSchemas(folder: string): void {
  for (const version of KUBERNETES_VERSIONS) {
    mkdirSync(join(folder, version), { recursive: true });
    for (const file of [`kubernetes-${version}.json`, 'custom-resources.json']) {
      const { $defs } = readSchema(file);
      for (const name of Object.keys($defs).filter((key) => /\/[A-Z]\w+$|^v1\//.test(key))) {
        const schema = { $ref: `#/$defs/${name.replaceAll('/', '~1')}`, $defs };
        writeFileSync(join(folder, version, kubeconformName(name)), JSON.stringify(schema));
      }
    }
  }
}

/** Converts `networking.k8s.io/v1/Ingress` to `ingress-networking-v1.json`, and `v1/Pod` to `pod-v1.json`. */
function kubeconformName(name: string): string {
  const [kind = '', version, group] = name.split('/').reverse();
  return `${[kind, ...(group === undefined ? [] : [group.split('.')[0]]), version].join('-').toLowerCase()}.json`;
}
