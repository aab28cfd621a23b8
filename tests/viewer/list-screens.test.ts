import { describeInBrowser } from './describe-in-browser.ts';
import { spanIdOf, traceIdOf } from './send-spans.ts';
import { shopTraffic } from './shop-traffic.ts';
import { useViewer } from './start-viewer.ts';

describeInBrowser('operations', ({ open }) => {
  const viewer = useViewer();

  test('show figures of each service and route, sort by each column, and link to the traces', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/operations`);
    const names = page.locator('.operation-name a');
    await names.first().waitFor();
    expect((await names.allInnerTexts()).sort()).toEqual(['GET /orders/:id', 'GET /orders/:id', 'GET /users/:id']);
    await page.getByRole('button', { name: 'p95' }).click();
    await page.waitForURL('**/operations?sort=p95');
    expect(await page.getByRole('columnheader', { name: 'p95', exact: false }).first().getAttribute('aria-sort')).toBe(
      'descending',
    );
    const row = page.getByRole('row', { name: /gateway.*\/users/ });
    expect(await row.textContent()).toContain('20%');
    await row.getByRole('link').click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'service:gateway name:"GET /users/:id"');
    await page.locator('[role=grid][aria-rowcount="6"]').waitFor();
  });

  test('show an answer that takes longer than the refresh interval', async () => {
    await viewer.send(shopTraffic(2));
    const page = await open('about:blank');
    await page.clock.install();
    let release = (): void => {};
    const mayAnswer = new Promise<void>((resolve) => {
      release = resolve;
    });
    const asked: string[] = [];
    await page.route('**/waymark/operations?*', async (route) => {
      asked.push(route.request().url());
      await mayAnswer;
      await route.continue().catch(() => {}); // the page has aborted it
    });
    await page.goto(`${viewer.url}/operations`);
    await page.getByRole('status').filter({ hasText: 'Loading' }).waitFor();
    for (let round = 0; round < 3; round++) await page.clock.fastForward(5000);
    expect(asked.length).toBe(1);
    release();
    await page.locator('.operation-name a').first().waitFor();
  });

  test('update the figures without a reload', async () => {
    await viewer.send(shopTraffic(2));
    const page = await open(`${viewer.url}/operations`);
    await page.locator('.operation-name a').first().waitFor();
    await viewer.send(shopTraffic(1, { firstTrace: 10 }).map((span) => ({ ...span, service: 'newcomer' })));
    await page
      .getByRole('rowheader', { name: /newcomer/ })
      .first()
      .waitFor();
  });
});

describeInBrowser('the map', ({ open }) => {
  const viewer = useViewer();

  test('keeps its zoom in the address', async () => {
    await viewer.send(shopTraffic(3));
    const page = await open(`${viewer.url}/map`);
    await page.locator('.map-node').first().waitFor();
    await page.getByRole('button', { name: 'Larger' }).click();
    await page.waitForURL('**/map?zoom=*');
    const width = () =>
      page
        .locator('.map-node')
        .first()
        .evaluate((node) => node.getBoundingClientRect().width);
    const chosen = await width();
    await page.reload();
    await page.locator('.map-node').first().waitFor();
    expect(await width()).toBeCloseTo(chosen, 0);
  });

  test('shows the calls between services, and links to the traces of a call', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/map`);
    const call = page.getByRole('link', { name: /^gateway calls orders: / });
    await call.waitFor();
    expect(await call.textContent()).toMatch(/20%.*\d+(\.\d+)? ms$/);
    await call.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === '{service:gateway} {service:orders}');
    await page.locator('[role=grid][aria-rowcount="11"]').waitFor();
  });

  test('does not move while figures change', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/map`);
    const node = page.locator('a.map-node', { hasText: 'gateway' });
    await node.waitFor();
    const [before, figures] = [await node.boundingBox(), await node.textContent()];
    await viewer.send(shopTraffic(500, { firstTrace: 100 }));
    await page.waitForFunction(
      (old) => [...document.querySelectorAll('a.map-node')].every(({ textContent }) => textContent !== old),
      figures,
    );
    expect(await node.boundingBox()).toEqual(before);
  });
});

describeInBrowser('errors', ({ open }) => {
  const viewer = useViewer();

  test('are grouped by type and place, and link to the failed span', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/errors`);
    const group = page.locator('.error-group').first();
    await group.waitFor();
    const text = await group.textContent();
    expect(text).toContain("Cannot read properties of undefined (reading 'email')");
    expect(text).toContain('loadUser');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/trace/${traceIdOf(5)}?span=*`);
    expect([spanIdOf(1), spanIdOf(3)]).toContain(new URL(page.url()).searchParams.get('span'));
  });

  test('have an empty state', async () => {
    await viewer.send(shopTraffic(2));
    const page = await open(`${viewer.url}/errors`);
    await page.getByText('No errors in this time').waitFor();
  });
});
