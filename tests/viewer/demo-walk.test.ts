// Finds each planted problem of the demo from the trace list: at most three clicks from a slow trace to its cause.
import type { Page } from 'playwright-core';
import { buildPackages, startExample, stopExamples } from '../examples/run-example.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { useViewer } from './start-viewer.ts';

// The same as in examples/shop/demo.js.
const basket = '/users/7/basket';
const delivery = '/users/7/delivery';
const failing = '/users/13/orders';
const orphaned = '/users/8/orders';
const foreignTraceId = '0af7651916cd43dd8448eb211c80319c';

describeInBrowser('from the list of traces to the cause', ({ open }) => {
  const viewer = useViewer();
  let gateway = '';

  beforeAll(buildPackages, 120_000);
  beforeEach(async () => {
    const shop = startExample('shop/start.js', [], { OTEL_EXPORTER_OTLP_ENDPOINT: viewer.url });
    const [, address = ''] = await shop.waitFor(/curl (http:\S+)\/users\/7\/orders/);
    gateway = address;
  }, 120_000);
  afterEach(stopExamples);

  /** Requests a page of the shop, and opens its trace from the list. */
  async function openNewest(path: string, name: string, { headers = {}, query = '' } = {}): Promise<Page> {
    await fetch(gateway + path, { headers }).then((response) => response.text());
    const page = await open(`${viewer.url}/traces?q=${encodeURIComponent(query)}`);
    await page.locator('.trace-row', { hasText: name }).first().click();
    await page.waitForURL(/\/trace\/[0-9a-f]{32}/);
    return page;
  }

  test('an N+1: the finding selects the folded row, which shows count and duration', async () => {
    const page = await openNewest(basket, 'GET /users/:id/basket');
    await page.getByRole('button', { name: /^N\+1: SELECT products ×16, / }).click();
    const row = page.locator('.waterfall-row.selected');
    await row.getByText('×16').waitFor();
    await row.getByText('N+1').waitFor();
    await page
      .locator('.panel')
      .getByText('SELECT name, price FROM products WHERE id =', { exact: false })
      .first()
      .waitFor();
  });

  test('a slow dependency: the key s selects it first', async () => {
    const page = await openNewest(delivery, 'GET /users/:id/delivery');
    await page.locator('.waterfall-row', { hasText: 'validateAddress' }).waitFor();
    await page.keyboard.press('s');
    await page.locator('.waterfall-row.selected', { hasText: 'validateAddress' }).waitFor();
    await page.locator('.panel').getByText('address-check').waitFor();
    // The trace waits for this call, and not for its sibling.
    await page.locator('.waterfall-row.selected .bar-critical').waitFor();
  });

  test('a failing query: the key e selects the span where the error began, with the line of code that made the call', async () => {
    const page = await openNewest(failing, 'GET /users/:id/orders', { query: 'status:error' });
    await page.getByRole('button', { name: /^22012: division by zero/ }).waitFor();
    await page.keyboard.press('e');
    await page.locator('.waterfall-row.selected', { hasText: 'SELECT users' }).waitFor();
    await page.locator('.panel').getByText('The exception, in the span loadUser:').waitFor();
    await page
      .locator('.panel .stack')
      .getByText(/users\.mjs/)
      .first()
      .waitFor();
  });

  test('an orphan: the trace shows the id of its missing parent', async () => {
    const parent = 'b7ad6b7169203331';
    const page = await openNewest(orphaned, 'GET /users/:id/orders', {
      headers: { traceparent: `00-${foreignTraceId}-${parent}-01` },
      query: `trace:${foreignTraceId}`,
    });
    await page.waitForURL(`**/trace/${foreignTraceId}*`);
    await page.getByText('The root span has not arrived').waitFor();
    await page.locator('.waterfall-row.missing', { hasText: parent }).click();
    await page.locator('.panel').getByText('has not arrived').waitFor();
  });
});
