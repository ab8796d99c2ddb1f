import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { startService } from '../../../test/support/service.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { blocksIn } from './blocks.ts';

const run = promisify(execFile);

const [, section = ''] = /^## Tokens for development$(.*?)^## /ms.exec(read('SECURITY.md')) ?? [];
const [START = '', ...REQUESTS] = blocksIn(section).map(({ code }) => code.trim());

test('the requests with a token in SECURITY.md succeed when they are copied literally, and fail without it', async () => {
  const [, options = ''] = /^npm start -- (.+)$/.exec(START) ?? [];
  const service = await startService({
    env: { SKIFF_ENVIRONMENT: 'development', SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0', SKIFF_LOG_FORMAT: 'json' },
    args: options.split(' '),
  });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await service.exit;
  });
  // Makes curl exit with 22 on an error response.
  const CURL_HOME = temporaryFiles({ '.curlrc': 'fail\nsilent\n' });
  const shell = (code: string) =>
    run('bash', ['-euo', 'pipefail', '-c', code], { cwd: ROOT, env: { ...process.env, CURL_HOME } });
  expect(REQUESTS).toHaveLength(2);
  for (const request of REQUESTS) {
    const command = request
      .replace('http://localhost:8080', service.url)
      .replace('http://localhost:9091', service.adminUrl);
    await expect(shell(command.replace('authorization: Bearer ', 'x-none: '))).rejects.toMatchObject({ code: 22 });
    expect((await shell(command)).stdout).toMatch(/^HTTP\/1\.1 20[01] /);
  }
});
