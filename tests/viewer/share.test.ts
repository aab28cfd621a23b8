// Opens a shared file from disk, without a network.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { findFaults } from './axe.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type MadeSpan, makeBrokenTrace, makeLargeTrace, sendMadeTrace } from './made-trace.ts';
import { useViewer } from './start-viewer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const folder = mkdtempSync(join(tmpdir(), 'waymark-share-'));
afterAll(() => rmSync(folder, { recursive: true }));

const script = '</script><script>globalThis.wasHere = true</script><img src=x onerror="globalThis.wasHere = true">';

describeInBrowser('a shared file', ({ open }) => {
  const viewer = useViewer();

  /** Opens a file in a page without a network, and fails on any request except that for the file. */
  async function openFromDisk(html: string): Promise<{ page: Page; requests: string[] }> {
    const file = join(folder, 'trace.html');
    writeFileSync(file, html);
    const page = await open('about:blank');
    await page.context().setOffline(true);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.locator('.waterfall-row').first().waitFor();
    return { page, requests };
  }

  async function share(spans: readonly MadeSpan[], search = ''): Promise<string> {
    await sendMadeTrace(viewer.url, traceId, spans);
    const response = await fetch(`${viewer.url}/waymark/traces/${traceId}/share.html${search}`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="trace-4bf92f35.html"');
    return response.text();
  }

  test('shows the trace screen: rows, findings, search, details, tabs', async () => {
    const { page, requests } = await openFromDisk(await share(makeBrokenTrace()));
    await page.getByText('2 spans without their parent').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('status:error');
    await page.keyboard.press('Enter');
    await page.locator('.waterfall-row.selected.match', { hasText: 'chargeCard' }).waitFor();
    await page.locator('.panel').getByText('at loadUser (…/users.js:12:9)').waitFor();
    await page.getByRole('tab', { name: 'Flame' }).click();
    await page.locator('.flame-canvas').waitFor();
    await page.getByRole('tab', { name: 'Statistics' }).click();
    await page.locator('.statistics-row', { hasText: 'chargeCard' }).waitFor();
    expect(await findFaults(page)).toEqual([]);
    expect(requests).toEqual([page.url().replace(/\?.*/, '')]);
    // Commands that need a collector are hidden.
    expect(await page.getByRole('button', { name: 'Share' }).count()).toBe(0);
    expect(await page.locator('a[href^="/"]').count()).toBe(0);
  });

  test('holds five thousand spans in less than half a megabyte, a usual limit of chat messages', async () => {
    const html = await share(makeLargeTrace(5000));
    expect(html.length).toBeLessThan(522_000);
    const { page } = await openFromDisk(html);
    await page.getByText(/^5,00\d spans$/).waitFor();
  });

  test('runs no script from a span', async () => {
    const { page } = await openFromDisk(
      await share([
        {
          ...{ spanId: '0000000000000001', service: script, name: script, startMs: 0, durationMs: 9 },
          attributes: { [script]: script },
        },
        {
          ...{
            spanId: '0000000000000002',
            parentSpanId: '0000000000000001',
            service: script,
            name: script,
            startMs: 1,
            durationMs: 2,
          },
          error: { type: script, message: script },
        },
      ]),
    );
    await page.keyboard.press('e');
    await page.locator('.panel-errors').waitFor();
    const found = await page.evaluate(() => ({
      wasHere: 'wasHere' in globalThis,
      elements: document.querySelectorAll('#app script, #app img').length,
    }));
    expect(found).toEqual({ wasHere: false, elements: 0 });
  });

  test('leaves out secrets and personal data by default', async () => {
    const attributes = { 'user.email': 'ada@example.org', 'shop.size': 'large' };
    const span = { spanId: '0000000000000001', service: 'shop', name: 'GET /', startMs: 0, durationMs: 9, attributes };
    const { page } = await openFromDisk(await share([span]));
    await page.getByTitle('user.email: key ×1').waitFor();
    await page.keyboard.press('j');
    await page.locator('.panel').getByText('large').waitFor();
    expect(await page.locator('.panel').getByText('user.email').count()).toBe(0);
    const { page: whole } = await openFromDisk(await share([span], '?keep=all'));
    await whole.keyboard.press('j');
    await whole.locator('.panel').getByText('ada@example.org').waitFor();
  });

  test('is saved from the page without unticked keys, and without personal data', async () => {
    const attributes = { 'user.email': 'ada@example.org', 'shop.coupon': 'SECRET-COUPON', 'shop.size': 'large' };
    await sendMadeTrace(viewer.url, traceId, [
      { spanId: '0000000000000001', service: 'shop', name: 'GET /', startMs: 0, durationMs: 9, attributes },
    ]);
    const page = await open(`${viewer.url}/trace/${traceId}`);
    await page.locator('.waterfall-row').first().waitFor();
    await page.keyboard.press('x');
    expect(await page.getByRole('checkbox', { name: /user\.email/ }).isChecked()).toBe(false);
    await page.getByRole('checkbox', { name: /shop\.coupon/ }).uncheck();
    await page.getByText('2 keys left out').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save file' }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toBe('trace-4bf92f35.html');
    const html = readFileSync(await download.path(), 'utf8');
    const { page: shared } = await openFromDisk(html);
    await shared.keyboard.press('j');
    await shared.locator('.panel').getByText('large').waitFor();
    await shared.locator('.panel').getByText('Raw').click();
    const text = (await shared.locator('.panel').textContent()) ?? '';
    expect(text).toContain('shop.size');
    expect(text).not.toMatch(/ada@example|SECRET-COUPON/);
    await shared.getByTitle('shop.coupon: key ×1').waitFor();
  });
});
