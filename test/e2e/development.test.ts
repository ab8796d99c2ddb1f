import { expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Service, startService } from '../support/service.ts';

const PORTS = { SKIFF_HTTP_PORT: '0', SKIFF_ADMIN_PORT: '0', SKIFF_LOG_FORMAT: 'json' };

async function start(env: NodeJS.ProcessEnv): Promise<Service> {
  const service = await startService({ env: { ...PORTS, ...env } });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    await service.exit;
  });
  return service;
}

test('in development, / has links for browsers and for programs, and the log prints the addresses to open', async () => {
  const { url, adminUrl, line, lines } = await start({ SKIFF_ENVIRONMENT: 'development' });
  const { name, links } = JSON.parse(await (await fetch(url)).text());
  expect(name).toEqual(expect.any(String));
  expect(links).toMatchObject({ docs: `${url}/docs`, metrics: `${adminUrl}/metrics` });
  for (const link of Object.values(links)) expect((await fetch(String(link))).status).toBe(200);

  const page = await fetch(url, { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain(`<a href="${url}/docs">`);
  expect(await (await fetch(`${url}/docs/`)).text()).toContain(`<title>${name}</title>`);
  const { info } = JSON.parse(await (await fetch(links.openapi)).text());
  expect(info).toMatchObject({ title: name, description: packageJson.description });
  await line(`open ${url}/ or ${links.dashboard ?? links.health}`);
  expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('in development, only this machine can connect unless a setting allows more', async () => {
  const hosts = async (service: Service) => {
    const settings: { key: string; value: unknown }[] = JSON.parse(
      await (await fetch(`${service.adminUrl}/config`)).text(),
    );
    return settings.filter(({ key }) => ['http.host', 'admin.host'].includes(key)).map(({ value }) => value);
  };
  expect(await hosts(await start({ SKIFF_ENVIRONMENT: 'development' }))).toEqual(['127.0.0.1', '127.0.0.1']);
  const open = await start({ SKIFF_ENVIRONMENT: 'development', SKIFF_HTTP_HOST: '::' });
  expect(await hosts(open)).toEqual(['::', '127.0.0.1']);
});

test.each(['test', 'staging', 'production'])('in %s, neither listener has a page at /', async (environment) => {
  const { url, adminUrl } = await start({ SKIFF_ENVIRONMENT: environment, SKIFF_AUTH_ENABLED: 'false' });
  for (const base of [url, adminUrl]) expect((await fetch(base)).status).toBe(404);
});
