/** `npm run docs`: writes the generated files. With --check it writes nothing, and exits with 1 if one is stale. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiFiles } from './api-files.ts';
import { customResourceDefinitions } from './custom-resources.ts';
import { fileUrl, type GeneratedFile, readText } from './generated-file.ts';
import { chartFiles } from './observability-files.ts';
import { references } from './references.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const generators: readonly (() => GeneratedFile[] | Promise<GeneratedFile[]>)[] = [
  // Each returns files with their current contents.
  references,
  chartFiles,
  customResourceDefinitions,
  apiFiles,
];
const generated = (await Promise.all(generators.map((generate) => generate()))).flat();

const stale = generated.filter((file) => !isCurrent(file));
for (const { path, text } of stale) {
  if (values.check) {
    console.error(`${path} is stale: run \`npm run docs\``);
    process.exitCode = 1;
  } else {
    mkdirSync(fileUrl(`${path}/..`), { recursive: true });
    writeFileSync(fileUrl(path), text);
  }
}

/** Compares JSON by value, because the formatter decides on its layout. */
function isCurrent({ path, text }: GeneratedFile): boolean {
  const normalize = (content: string) => (path.endsWith('.json') ? JSON.stringify(JSON.parse(content)) : content);
  try {
    return normalize(readText(path)) === normalize(text);
  } catch {
    // The file is missing or not valid JSON.
    return false;
  }
}
