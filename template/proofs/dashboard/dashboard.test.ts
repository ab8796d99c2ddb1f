import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';
import { consulBinary } from '../../../test/support/consul/binary.ts';
import { type Service, startService } from '../../../test/support/service.ts';
import { CHROMIUM, launchBrowser } from './browser.ts';
import { sendTraffic } from './traffic.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PICTURES = join(ROOT, 'reports');
/** The picture in the documentation, which `UPDATE_SCREENSHOTS=1` replaces. */
const DOCUMENTED = 'dashboard';
const MAX_PICTURE_BYTES = 200_000;
const WIDE = { width: 1280, height: 600 };
const NARROW = { width: 390, height: 844 };

const isAbsent = CHROMIUM === undefined || consulBinary === undefined;

describe.skipIf(isAbsent)(`the dashboard in a browser${isAbsent ? ' [skipped: no chromium or consul]' : ''}`, () => {
  let service: Service;
  let agent: ConsulAgent;
  let browser: Browser;
  const settingsFile = join(mkdtempSync(join(tmpdir(), 'dashboard-')), 'settings.yaml');
  /** Whatever the browser has complained about, and requests to other origins. Empty after every test. */
  const complaints: string[] = [];

  beforeAll(async () => {
    // With Consul, /v1/peers calls the service itself, which makes a trace of several spans.
    writeFileSync(settingsFile, 'log: { access: all }');
    agent = await startAgent();
    cleanups.defer(agent.stop);
    cleanups.defer(() => rmSync(dirname(settingsFile), { recursive: true }));
    service = await startService({
      env: {
        SKIFF_ENVIRONMENT: 'development',
        SKIFF_LOG_FORMAT: 'json',
        SKIFF_HTTP_PORT: '0',
        SKIFF_ADMIN_PORT: '0',
        SKIFF_CONFIG_FILE: settingsFile,
        SKIFF_CONSUL_ENABLED: 'true',
        SKIFF_CONSUL_ADDRESS: agent.url,
        SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
        SKIFF_FLAGS_STORE: 'consul',
      },
    });
    cleanups.defer(async () => {
      service.kill('SIGTERM');
      await service.exit;
    });
    await service.line('registered with Consul');
    await sendTraffic(service.url);
    const peers = async () => JSON.stringify(await (await fetch(`${service.url}/v1/peers`)).json());
    await vi.waitUntil(async () => (await peers()).includes('"url"'), { timeout: 30_000 });
    browser = await launchBrowser();
    cleanups.defer(() => browser.close());
  });

  const cleanups = new AsyncDisposableStack();
  afterAll(() => cleanups.disposeAsync());

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function open(view = '', options: { viewport?: typeof WIDE; colorScheme?: 'light' | 'dark' } = {}) {
    const page = await browser.newPage({ viewport: WIDE, ...options });
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => request.url().startsWith(service.adminUrl) || complaints.push(request.url()));
    await page.goto(`${service.adminUrl}/${view}`);
    await page.locator('main .card').first().waitFor();
    return page;
  }

  const requestRows = (page: Page) => page.getByRole('table', { name: 'Requests' }).getByRole('row');
  /** By the cell: the text of a row has no space between cells, so `404` and `12 ms` contain 412. */
  const requestsWithStatus = (page: Page, name: string) =>
    requestRows(page).filter({ has: page.getByRole('cell', { name, exact: true }) });
  const details = (page: Page) => page.getByRole('complementary', { name: 'Request details' });
  const focused = (page: Page) => page.locator(':focus');

  test('lists requests as they come, newest first, and filters them', async () => {
    const page = await open();
    await fetch(`${service.url}/v1/flags/just-now`);
    await requestRows(page).nth(1).filter({ hasText: '/v1/flags/just-now' }).waitFor();

    await page.getByRole('searchbox', { name: 'Filter requests' }).fill('just-now');
    await expect.poll(() => requestRows(page).count()).toBe(2);
    await page.getByRole('combobox', { name: 'Status' }).selectOption('2xx');
    await page.getByText('No request matches the filter.').waitFor();
    await page.close();
  });

  test('shows the spans of a request as a waterfall, across calls to other services', async () => {
    const page = await open();
    await requestRows(page).filter({ hasText: '/v1/peers' }).first().click();
    const names = await details(page).locator('.waterfall .name').allTextContents();
    expect(names).toEqual(['GET /v1/peers', 'GET', 'GET /version']);
    await page.close();
  });

  test('shows the problem document and the log lines of a request', async () => {
    const page = await open();
    await requestsWithStatus(page, '412').click();
    await details(page).getByText('"code": "precondition_failed"').waitFor();
    await details(page).getByRole('listitem').filter({ hasText: 'audit' }).waitFor();
    await page.close();
  });

  test('searches log lines, by level and by trace', async () => {
    const page = await open('#logs');
    const lines = page.getByRole('log').getByRole('listitem');
    await lines.filter({ hasText: 'registered with Consul' }).first().waitFor();
    await page.getByRole('combobox', { name: 'Lowest level' }).selectOption('error and above');
    await expect.poll(() => lines.count()).toBe(0);
    await page.getByRole('combobox', { name: 'Lowest level' }).selectOption('trace and above');
    await lines.filter({ hasText: 'status=412' }).getByRole('link').first().click();
    await expect.poll(() => lines.count()).toBe(2);
    await page.close();
  });

  test('draws metrics, and shows health, settings and routes', async () => {
    const page = await open('#metrics');
    await expect.poll(() => page.locator('figure canvas').count()).toBe(4);
    await expect.poll(() => page.locator('figure').last().textContent(), { timeout: 5000 }).toMatch(/\d+\.\d MiB/);
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByText('readyz check passed').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    const rows = page.getByRole('table', { name: 'Settings' }).getByRole('row');
    const enabled = rows.filter({ hasText: 'env SKIFF_CONSUL_ENABLED' });
    // Each view has a filter: until the rows are there, the field is that of the view before.
    await enabled.waitFor();
    await page.getByRole('searchbox').fill('consul.enabled');
    await expect.poll(() => rows.filter({ visible: true }).count()).toBe(2);
    expect(await enabled.isVisible()).toBe(true);
    await page.getByRole('link', { name: 'Routes' }).click();
    await page.getByRole('row', { name: 'PUT /v1/flags/{key} flags:write' }).waitFor();
    expect(await page.getByRole('link', { name: 'Open /version' }).getAttribute('href')).toMatch(/:\d+\/version$/);
    await page.close();
  });

  test('shows a changed setting at once, and in the list of changes', async () => {
    const page = await open('#settings');
    await page.getByText('No setting has changed').waitFor();
    writeFileSync(settingsFile, 'log: { access: all, level: debug }');
    await page.getByRole('row', { name: 'configuration changed log.level: "info" → "debug"' }).waitFor();
    await page.getByRole('row', { name: /^log\.level debug/ }).waitFor();
    await page.close();
  });

  test('shows the registration, instances, settings and leader elections in Consul', async () => {
    const page = await open('#consul');
    const rows = (name: string) => page.getByRole('table', { name }).getByRole('row');
    const address = service.url.replace('http://', '');
    await rows('Registered instances of this service')
      .filter({ hasText: address })
      .filter({ hasText: 'passing' })
      .waitFor();
    await rows('Discovered instances').filter({ hasText: address }).waitFor();
    await rows('Leader elections').filter({ hasText: 'skiff/leader/flag-expiry' }).waitFor();
    const settings = rows('Settings in the KV store');
    await agent.api('PUT', '/kv/config/skiff/http.trustProxi', { body: 'x' });
    await settings.filter({ hasText: 'expected a known key; did you mean http.trustProxy?' }).waitFor();
    await agent.api('PUT', '/kv/config/skiff/rateLimit.max', { body: '5000' });
    await settings.filter({ hasText: '5000 from consul config/skiff/rateLimit.max' }).waitFor();
    await page.close();
  });

  test('works with the keyboard alone, and its elements have names', async () => {
    const page = await open();
    await requestRows(page).nth(1).waitFor();
    const path = (await requestRows(page).nth(1).getByRole('button').textContent()) ?? '';
    do await page.keyboard.press('Tab');
    while ((await focused(page).textContent()) !== path);
    await page.keyboard.press('Enter');
    expect(await focused(page).getAttribute('aria-label')).toBe('Close details');
    await page.keyboard.press('Escape');
    expect(await details(page).isVisible()).toBe(false);
    expect(await focused(page).textContent()).toBe(path);

    const tree = await page.locator('body').ariaSnapshot();
    expect(tree).toMatch(/navigation "Views"/);
    expect(tree).toMatch(/link "Requests"/);
    await expect.poll(() => page.getByRole('status').textContent()).toBe('Live');
    expect(tree).toMatch(/main "Requests"/);
    // A control without a name stands alone in its line.
    expect(tree).not.toMatch(/- (?:button|link|searchbox|combobox|checkbox|table)\s*(?::|$)/m);
    expect(await page.getByRole('link', { name: 'Requests' }).getAttribute('aria-current')).toBe('page');
    await page.close();
  });

  test.each([
    ['dashboard', 'light', WIDE],
    ['dashboard-dark', 'dark', WIDE],
    ['dashboard-narrow', 'light', NARROW],
    ['dashboard-narrow-dark', 'dark', NARROW],
  ] as const)('fits the screen: %s', async (name, colorScheme, viewport) => {
    for (const view of ['#logs', '#metrics', '#health', '#settings', '#routes', '#consul', '']) {
      const page = await open(view, { viewport, colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      if (view === '#metrics') await page.getByText(/resident \d/).waitFor();
      const isRequests = view === '';
      if (isRequests && viewport === WIDE) await requestRows(page).filter({ hasText: '/v1/peers' }).first().click();
      const picture = await page.screenshot();
      mkdirSync(PICTURES, { recursive: true });
      writeFileSync(join(PICTURES, `${name}${view.replace('#', '-')}.png`), picture);
      if (isRequests && name === DOCUMENTED) {
        expect(picture.length).toBeLessThan(MAX_PICTURE_BYTES);
        if (process.env.UPDATE_SCREENSHOTS !== undefined) writeFileSync(join(ROOT, 'docs', `${name}.png`), picture);
      }
      await page.close();
    }
  });
});
