import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { modelOf } from './models.ts';

const ROOT = join(import.meta.dirname, '../../../..');

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the fields of the kinds that it checks.
  spec: any;
}

/** Parses YAML documents. A duplicate key is an error. */
export function manifestsIn(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { uniqueKeys: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS();
  });
}

/**
 * Returns the violations of the APIs' schemas. The packages' validators detect wrong values but ignore unknown fields. Those
 * are detected by the TypeScript compiler, which rejects a field of an object literal that its type does not have.
 */
export async function schemaProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const problems: string[] = [];
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    try {
      modelOf(apiVersion, kind).validate(manifest);
    } catch (error) {
      problems.push(`${kind} ${metadata.name}: ${error}`);
    }
  }
  return [...problems, ...(await typeProblems(manifests))];
}

async function typeProblems(manifests: readonly Manifest[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const literals = manifests.map((manifest, index) => {
      const { module } = modelOf(manifest.apiVersion, manifest.kind);
      const type = `import('${module}').I${manifest.kind}`;
      return `export const ${manifest.kind}_${index}: ${type} = ${JSON.stringify(manifest, null, 1)};`;
    });
    writeFileSync(join(folder, 'manifests.ts'), literals.join('\n'));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--pretty', 'false'];
    await promisify(execFile)(process.execPath, [compiler, ...options, 'manifests.ts'], { cwd: folder });
    return [];
  } catch (error) {
    const stdout = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    if (!stdout.includes('error TS')) throw error;
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
