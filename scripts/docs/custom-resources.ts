import { globSync } from 'node:fs';
import { stringify } from 'yaml';
import { type CustomResource, customResourceDefinition } from '../../pkg/kubernetes/custom-resource.ts';
import type { KubernetesObject } from '../../pkg/kubernetes/object.ts';
import { fileUrl, type GeneratedFile } from './generated-file.ts';

/** Returns the CustomResourceDefinition of each custom resource that a model of `internal/` exports. */
export async function customResourceDefinitions(): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = [];
  for (const model of globSync('internal/*/model.ts', { cwd: fileUrl('.') }).sort()) {
    const exported: Record<string, unknown> = await import(fileUrl(model).href);
    for (const resource of Object.values(exported).filter(isCustomResource)) {
      const definition = stringify(customResourceDefinition(resource), { lineWidth: 0, aliasDuplicateObjects: false });
      const header = `# Generated from ${model}: edit that, then run \`npm run docs\`.\n`;
      files.push({ path: `charts/skiff/files/crds/${resource.plural}.yaml`, text: `${header}${definition}` });
    }
  }
  return files;
}

function isCustomResource(value: unknown): value is CustomResource<KubernetesObject> {
  return typeof value === 'object' && value !== null && 'shortNames' in value && 'plural' in value;
}
