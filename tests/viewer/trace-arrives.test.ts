// The trace screen while spans arrive.
import { makeBasketTrace } from './basket-trace.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type MadeSpan, sendMadeTrace } from './made-trace.ts';
import { traceId, traceOpener } from './open-trace.ts';
import { useViewer } from './start-viewer.ts';

describeInBrowser('a trace that is still arriving', ({ open }) => {
  const viewer = useViewer();
  const openTrace = traceOpener(viewer, open);

  test('shows a missing trace as soon as it arrives', async () => {
    const page = await open(`${viewer.url}/trace/${traceId}`).catch(() => undefined);
    if (page === undefined) throw new Error('the page opens');
    await page.getByText('This trace is not here, or not yet').waitFor();
    await sendMadeTrace(viewer.url, traceId, makeBasketTrace());
    await page.locator('.waterfall-row').first().waitFor();
  });

  test('shows spans that arrived between its request and the first live event', async () => {
    const page = await open('about:blank');
    let release = (): void => {};
    const mayListen = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/waymark/events*', async (route) => {
      await mayListen;
      await route.continue();
    });
    const [root, ...rest] = makeBasketTrace();
    if (root === undefined) throw new Error('there is one');
    await sendMadeTrace(viewer.url, traceId, [root]);
    await page.goto(`${viewer.url}/trace/${traceId}`);
    await page.getByText('1 span', { exact: true }).waitFor();
    await sendMadeTrace(viewer.url, traceId, rest);
    release();
    await page.getByText(`${rest.length + 1} spans`).waitFor();
  });

  test('closes its connection in a hidden tab: browsers allow six for all tabs', async () => {
    const first = await openTrace(makeBasketTrace());
    for (let tab = 0; tab < 7; tab++) {
      const page = await first.context().newPage();
      await page.goto(`${viewer.url}/trace/${traceId}`);
      await page.locator('.waterfall-row').first().waitFor();
      // The browser does this when the user switches to another tab.
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    }
  });

  test('grows while spans arrive, and does not move the visible rows', async () => {
    const spans = Array.from(
      { length: 120 },
      (_, index): MadeSpan => ({
        spanId: (index + 2).toString(16).padStart(16, '0'),
        parentSpanId: '0000000000000001',
        service: 'worker',
        name: `step ${index}`,
        startMs: 10 + index * 10,
        durationMs: 8,
      }),
    );
    const root: MadeSpan = { spanId: '0000000000000001', service: 'worker', name: 'job', startMs: 0, durationMs: 2000 };
    const page = await openTrace(spans);
    await page.getByText('The root span has not arrived').waitFor();
    await page.locator('.waterfall-row', { hasText: 'step 20' }).click();
    await page.locator('.waterfall').evaluate((element) => element.scrollTo(0, 600));
    const top = () =>
      page.locator('.waterfall-row', { hasText: 'step 40' }).evaluate((element) => element.getBoundingClientRect().top);
    const before = await top();
    // Two spans before all others, and the root above them.
    const early = [1, 2].map(
      (number): MadeSpan => ({
        ...root,
        spanId: `a00000000000000${number}`,
        parentSpanId: root.spanId,
        name: `early ${number}`,
        startMs: number,
        durationMs: 1,
      }),
    );
    await sendMadeTrace(viewer.url, traceId, [root, ...early]);
    await page.getByText('123 spans').waitFor();
    expect(await top()).toBeCloseTo(before, 0);
    await page.locator('.panel', { hasText: 'step 20' }).waitFor();
  });
});
