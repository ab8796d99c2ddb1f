import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { generateAst, parseSpec, printAst } from 'oazapfts';
import { createContext } from 'oazapfts/context';
import { fileUrl, type GeneratedFile } from './generated-file.ts';

/** The exported types are checked where they are used. */
const NO_CHECK = '// @ts-nocheck: the generated code does not support exactOptionalPropertyTypes.';

/** Returns the OpenAPI document that the service serves, and the client generated from it. */
export async function apiFiles(): Promise<GeneratedFile[]> {
  const text = await servedDocument();
  const context = createContext(await parseSpec(JSON.parse(text)), { argumentStyle: 'object' });
  // The address is that of the service that a user calls, so it has no default.
  context.servers = [];
  return [
    { path: 'api/openapi.json', text: `${JSON.stringify(JSON.parse(text), null, 2)}\n` },
    { path: 'api/client.ts', text: `${NO_CHECK}\n${printAst(await generateAst(context))}` },
  ];
}

/** Starts the service with authentication, which adds the permissions to the document, and fetches the document. */
async function servedDocument(): Promise<string> {
  const settings = ['auth.enabled=true', 'http.port=0', 'admin.port=0', 'log.format=json', 'log.level=info'];
  const child = spawn(process.execPath, ['cmd/server/main.ts', ...settings.flatMap((setting) => ['--set', setting])], {
    cwd: fileUrl('.'),
    env: { PATH: process.env.PATH, SKIFF_ENVIRONMENT: 'development' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'close');
  try {
    for await (const line of createInterface(child.stdout)) {
      const [, url] = /http listening at (http:[^"]+)/.exec(line) ?? [];
      if (url !== undefined) return await (await fetch(`${url}/openapi.json`)).text();
    }
    throw new Error('the service did not start');
  } finally {
    child.stdout.resume();
    child.kill();
    await exit;
  }
}
