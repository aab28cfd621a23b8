// Anyone who can reach the collector can send spans. The trace screens must show each field as text.
import type { Page } from 'playwright-core';
import { describeInBrowser } from './describe-in-browser.ts';
import { useViewer } from './start-viewer.ts';

const script = '<script>globalThis.wasHere = true</script><img src=x onerror="globalThis.wasHere = true">';
const [one, other] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const [root, child] = ['c'.repeat(16), 'd'.repeat(16)] as const;

describeInBrowser('a script in every field', ({ open }) => {
  const viewer = useViewer();

  beforeEach(async () => {
    for (const traceId of [one, other]) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${viewer.url}/v1/traces`, {
        method: 'POST',
        headers,
        body: JSON.stringify(hostileTrace(traceId)),
      });
      expect(response.status).toBe(200);
    }
  });

  test('is shown as text in rows, findings, tabs and all parts of the panel', async () => {
    const page = await open(`${viewer.url}/trace/${one}?span=${child}`);
    for (const title of ['Resource', 'Raw']) await page.locator('.panel summary', { hasText: title }).click();
    await page.locator('.panel .links a').first().waitFor();
    await page.locator('.panel .events').getByText('<script>').first().waitFor();
    await expectText(page);
    await page.keyboard.press('2');
    const canvas = page.locator('.flame-canvas');
    await canvas.waitFor();
    await canvas.hover({ position: { x: 30, y: 8 } });
    await page.locator('.flame-tip').getByText('<script>').first().waitFor();
    await expectText(page);
    await page.keyboard.press('3');
    await page.locator('.statistics-row', { hasText: '<script>' }).first().waitFor();
    await expectText(page);
    await page.keyboard.press('x');
    await page.locator('.share-keys', { hasText: '<script>' }).waitFor();
    await expectText(page);
  });

  test('is shown as text on the compare screen', async () => {
    const page = await open(`${viewer.url}/compare/${one}/${other}?row=0`);
    await page.locator('.pairs', { hasText: '<script>' }).waitFor();
    await expectText(page);
  });

  test('is found as text, and does not run from the address', async () => {
    const page = await open(
      `${viewer.url}/trace/${one}?q=${encodeURIComponent(JSON.stringify(script))}&span=${encodeURIComponent(script)}&root=${encodeURIComponent(script)}`,
    );
    await page.locator('.waterfall-row.match').first().waitFor();
    await expectText(page);
  });
});

async function expectText(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    wasHere: 'wasHere' in globalThis,
    elements: document.querySelectorAll('#app script, #app img').length,
  }));
  expect(found).toEqual({ wasHere: false, elements: 0 });
}

function hostileTrace(traceId: string): object {
  const nowMs = Date.now() - 1000;
  const nano = (afterMs: number) => `${nowMs + afterMs}000000`;
  const attributes = [
    { key: script, value: { stringValue: script } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: script }] } } },
    { key: 'trace', value: { stringValue: script + traceId } },
    { key: 'http.route', value: { stringValue: script } },
    { key: 'db.query.text', value: { stringValue: script } },
  ];
  const exception = ['exception.type', 'exception.message', 'exception.stacktrace'].map((key) => ({
    key,
    value: { stringValue: script },
  }));
  const common = { traceId, traceState: 'a=b', attributes, status: { code: 2, message: script } };
  const events = [
    { name: 'exception', timeUnixNano: nano(3), attributes: exception },
    { name: script, timeUnixNano: nano(4), attributes },
  ];
  const spans = [
    { ...common, spanId: root, name: script, kind: 2, startTimeUnixNano: nano(0), endTimeUnixNano: nano(20) },
    {
      ...common,
      ...{
        spanId: child,
        parentSpanId: root,
        name: `${script} 2`,
        kind: 3,
        startTimeUnixNano: nano(1),
        endTimeUnixNano: nano(9),
      },
      ...{ events, links: [{ traceId: 'e'.repeat(32), spanId: 'f'.repeat(16), attributes }] },
    },
  ];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: script } }, ...attributes] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: script, version: script }, spans }] }] };
}
