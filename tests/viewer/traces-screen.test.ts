import type { Page } from 'playwright-core';
import { startCollector } from 'waymark';
import { describeInBrowser } from './describe-in-browser.ts';
import { sendSpans, traceIdOf } from './send-spans.ts';
import { shopTraffic } from './shop-traffic.ts';
import { useViewer } from './start-viewer.ts';

const minuteMs = 60_000;

describeInBrowser('the trace list', ({ open }) => {
  const viewer = useViewer();

  test('explains how to send a first trace, and shows it when it arrives', async () => {
    const page = await open(`${viewer.url}/traces`);
    await page.getByText('Waiting for the first trace').waitFor();
    await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${viewer.url}`).waitFor();
    await viewer.send(shopTraffic(1));
    await rows(page).first().waitFor();
    expect(await rowTexts(page)).toEqual([['gateway', 'GET /orders/:id', 'ok', '20.0 ms', '4', '2 services']]);
  });

  test('shows traces that arrived between its request and the first live event', async () => {
    const page = await open(`${viewer.url}/operations`);
    let release = (): void => {};
    const mayListen = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/waymark/events*', async (route) => {
      await mayListen;
      await route.continue();
    });
    await page.goto(`${viewer.url}/traces`);
    await page.getByText('Waiting for the first trace').waitFor();
    await viewer.send(shopTraffic(1));
    release();
    await rows(page).first().waitFor();
    expect(await rowTexts(page)).toEqual([['gateway', 'GET /orders/:id', 'ok', '20.0 ms', '4', '2 services']]);
  });

  test('a growing trace is updated in its place', async () => {
    const nowMs = Date.now();
    const [root, ...rest] = shopTraffic(1, { nowMs });
    if (root === undefined) throw new Error('there is one');
    const page = await open(`${viewer.url}/traces`);
    await viewer.send(rest);
    await page.getByText('no root').waitFor();
    await viewer.send([root]);
    await page.getByRole('gridcell', { name: 'ok', exact: true }).waitFor();
    expect(await rowTexts(page)).toEqual([['gateway', 'GET /orders/:id', 'ok', '20.0 ms', '4', '2 services']]);
  });

  test('p holds back new traces and counts them, and p again shows them', async () => {
    await viewer.send(shopTraffic(1));
    const page = await open(`${viewer.url}/traces`);
    await rows(page).first().waitFor();
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Live updates: Paused' }).waitFor();
    expect(new URL(page.url()).searchParams.get('paused')).toBe('1');
    await viewer.send(shopTraffic(2, { firstTrace: 10, nowMs: Date.now() + 5000 }));
    await page.getByRole('button', { name: 'Live updates: Paused, 2 new' }).waitFor();
    expect(await rows(page).count()).toBe(1);
    await page.keyboard.press('p');
    await waitForRows(page, 3);
  });

  test('completes keys and values by keyboard, and searches', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 10);
    await page.keyboard.press('/');
    await page.keyboard.type('serv');
    await page.getByRole('option', { name: 'service' }).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'orders' }).waitFor();
    await page.keyboard.type('ord');
    await page.waitForFunction(() => document.querySelectorAll('[role=option]').length === 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('status:error');
    await page.keyboard.press('Enter');
    await waitForRows(page, 2);
    expect(new URL(page.url()).searchParams.get('q')).toBe('service:orders status:error');
  });

  test('shows the syntax error of a query, and does not change the list', async () => {
    await viewer.send(shopTraffic(2));
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 2);
    await page.keyboard.press('/');
    await page.keyboard.type('service:orders (status:error');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain(')');
    expect(await page.getByRole('combobox', { name: 'Query' }).getAttribute('aria-invalid')).toBe('true');
    expect(await rows(page).count()).toBe(2);
    await page.keyboard.type(')');
    await page.keyboard.press('Enter');
    await page.getByText('No trace matches').waitFor();
  });

  test('a click on a facet shows only its traces, the minus all others', async () => {
    await viewer.send(shopTraffic(10));
    const page = await open(`${viewer.url}/traces`);
    await page.getByRole('button', { name: 'Only error 2 traces' }).click();
    await waitForRows(page, 2);
    expect(new URL(page.url()).searchParams.get('q')).toBe('status:error');
    await page.goBack();
    await waitForRows(page, 10);
    await page.getByRole('button', { name: 'All but /users/:id' }).click();
    await waitForRows(page, 5);
    expect(new URL(page.url()).searchParams.get('q')).toBe('-{http.route:/users/:id}');
    await page.getByRole('button', { name: 'Clear the query' }).click();
    await waitForRows(page, 10);
  });

  test('a drag in the scatter selects a time range, a click on a point opens its trace', async () => {
    const nowMs = Date.now();
    await viewer.send([
      ...shopTraffic(1, { nowMs: nowMs - 58 * minuteMs }),
      ...shopTraffic(1, { nowMs: nowMs - 30 * minuteMs, firstTrace: 2 }),
    ]);
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 2);
    const box = await page.getByRole('img', { name: /^Duration of 2 traces/ }).boundingBox();
    if (box === null) throw new Error('the scatter is in sight');
    const middle = box.x + 56 + (box.width - 68) / 2;
    await page.mouse.move(middle - 60, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(middle + 60, box.y + 60, { steps: 3 });
    await page.mouse.up();
    await waitForRows(page, 1);
    const params = new URL(page.url()).searchParams;
    expect(Number(params.get('from'))).toBeGreaterThan(nowMs - 40 * minuteMs);
    expect(Number(params.get('to'))).toBeLessThan(nowMs - 20 * minuteMs);

    await page.goto(`${viewer.url}/traces?from=${nowMs - 40 * minuteMs}&to=${nowMs - 20 * minuteMs}`);
    await page.getByRole('img', { name: /^Duration of 1 trace / }).waitFor();
    // The point is in the middle of the time axis. Its height is found by moving the pointer until the label appears.
    const startMs = nowMs - 30 * minuteMs - 1000;
    const x = box.x + 56 + ((startMs - (nowMs - 40 * minuteMs)) / (20 * minuteMs)) * (box.width - 68);
    for (
      let y = box.y + 14;
      y < box.y + box.height - 24 && (await page.locator('.scatter-label').count()) === 0;
      y += 6
    ) {
      await page.mouse.move(x, y);
    }
    expect(await page.locator('.scatter-label').textContent()).toContain('20.0 ms');
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForURL(`**/trace/${traceIdOf(2)}`);
  });

  test('j, k and Enter select and open a trace, and Back returns to its row', async () => {
    await viewer.send(shopTraffic(5));
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 5);
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/trace/${traceIdOf(2)}`);
    await page.goBack();
    await page.locator(`#trace-row-${traceIdOf(2)}[aria-selected=true]`).waitFor();
  });

  test('rows do not move while the list is scrolled down', async () => {
    await viewer.send(shopTraffic(80));
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 80);
    await page.getByRole('grid').evaluate((grid) => grid.scrollTo({ top: 480 }));
    const seen = page.locator(`#trace-row-${traceIdOf(30)}`);
    const before = await seen.boundingBox();
    await viewer.send(shopTraffic(3, { firstTrace: 100, nowMs: Date.now() + 5000 }));
    await page.getByRole('button', { name: '3 newer traces' }).waitFor();
    expect(await seen.boundingBox()).toEqual(before);
    await page.getByRole('button', { name: '3 newer traces' }).click();
    await page.locator(`#trace-row-${traceIdOf(100)}`).waitFor();
  });

  test('an empty list says which filters are active, and removes them', async () => {
    await viewer.send(shopTraffic(2));
    const page = await open(`${viewer.url}/traces?q=service:nobody`);
    await page.getByText('No trace matches').waitFor();
    await page.getByRole('button', { name: 'Remove the query' }).click();
    await waitForRows(page, 2);
  });

  test('a search that took too long shows how far back it went, and continues on a click', async () => {
    await viewer.send(shopTraffic(3));
    const page = await open(`${viewer.url}/errors`);
    const { traces } = await (await fetch(`${viewer.url}/waymark/traces`)).json();
    const searchedBackToMs = traces[0].startMs;
    const answers = [
      { traces: traces.slice(0, 1), cursor: 'here', searchedBackToMs, isComplete: false },
      { traces: traces.slice(1), searchedBackToMs: 0, isComplete: true },
    ];
    await page.route('**/waymark/traces?*', (route) =>
      route.fulfill({ json: route.request().url().includes('cursor=here') ? answers[1] : answers[0] }),
    );
    await page.goto(`${viewer.url}/traces?q=slow`);
    await page.getByText('Searched back to').waitFor();
    await waitForRows(page, 1);
    await page.getByRole('button', { name: 'Continue' }).click();
    await waitForRows(page, 3);
  });

  test('shows that the collector does not answer, and catches up when it is back', async () => {
    const first = await startCollector({ port: 0 });
    const page = await open(`${first.url}/traces`, { losesCollector: true });
    await page.getByRole('button', { name: 'Live updates: Live' }).waitFor();
    await first.close();
    await page.getByRole('button', { name: 'Live updates: No answer' }).waitFor();
    const second = await startCollector({ port: first.port });
    await sendSpans(second.url, shopTraffic(2));
    await waitForRows(page, 2);
    await second.close();
  });

  test('durations are aligned on a phone, with any number of services', async () => {
    const spans = Array.from({ length: 9 }, (_, index) => ({
      trace: 50,
      span: index + 1,
      ...(index === 0 ? {} : { parent: 1 }),
      service: `service ${index}`,
      name: 'GET /',
      startMs: Date.now() - 1000,
      durationMs: 20,
    }));
    await viewer.send([...shopTraffic(3), ...spans]);
    const page = await open(`${viewer.url}/traces`, { widthPx: 390 });
    await waitForRows(page, 4);
    const ends = await page
      .locator('.duration-text')
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().right));
    expect(new Set(ends).size).toBe(1);
  });

  test('loads older traces while scrolling down', async () => {
    await viewer.send(shopTraffic(250));
    const page = await open(`${viewer.url}/traces`);
    await waitForRows(page, 100);
    await page.keyboard.press('End');
    await waitForRows(page, 200);
    await page.keyboard.press('End');
    await waitForRows(page, 250);
    await page.getByText('All 250 traces of this time').waitFor();
  });
});

function rows(page: Page) {
  return page.locator('.trace-row[aria-selected]');
}

/** The number of rows of the list, not only of the visible ones. */
async function waitForRows(page: Page, count: number): Promise<void> {
  // The header is counted as a row.
  await page.locator(`[role=grid][aria-rowcount="${count + 1}"]`).waitFor();
}

/** The cells of each row, without the time. */
async function rowTexts(page: Page): Promise<string[][]> {
  const cells = await rows(page).evaluateAll((elements) =>
    elements.map((row) =>
      [
        '.service-text',
        '.cell-operation a',
        '.cell-status',
        '.duration-text',
        '.cell-spans',
        '.cell-services .visually-hidden',
      ].map((selector) => row.querySelector(selector)?.textContent ?? ''),
    ),
  );
  return cells;
}
