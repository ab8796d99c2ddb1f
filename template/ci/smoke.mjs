// Runs `npm start`, requests every endpoint in docs/architecture.md, and stops the service with SIGTERM.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const env = { ...process.env, SKIFF_LOG_FORMAT: 'json', SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0' };
const npm = spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const limit = setTimeout(() => npm.kill('SIGKILL'), 120_000);
const closed = once(npm, 'close');
const urls = {};
for await (const line of createInterface(npm.stdout)) {
  const [, name, url] = /"(admin|http) listening at (http:\/\/127[^"]+)"/.exec(line) ?? [];
  if (name) urls[name] = url;
  if (line.includes('"started"')) break;
}
let rest = '';
npm.stdout.on('data', (chunk) => {
  rest += chunk;
});
const paths = {
  http: ['/', '/healthz', '/readyz', '/startupz', '/version', '/openapi.json', '/docs/', '/v1/flags'],
  admin: ['/', '/healthz', '/readyz?verbose', '/startupz', '/version', '/metrics', '/config', '/loglevel'],
};
for (const [name, list] of Object.entries(paths)) {
  for (const path of list) {
    const { status } = await fetch(urls[name] + path);
    console.log(`${status} ${name} ${path}`);
    assert.equal(status, 200);
  }
}
npm.kill('SIGTERM');
// The output closes when the service has exited, which can be after npm.
await closed;
clearTimeout(limit);
assert.match(rest, /"exit_code":0,.*"msg":"stopped"/);
console.log('stopped');
