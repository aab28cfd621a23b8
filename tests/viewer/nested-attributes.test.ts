// The panel of a span shows the parts of maps and lists in lines, and each short value leads to the traces that have it.
import { createTracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { findFaults } from './axe.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { useViewer } from './start-viewer.ts';

describeInBrowser('a nested attribute', ({ open }) => {
  const viewer = useViewer();

  test('is shown in lines, without scripts, and its values lead to other traces', async () => {
    const exporter = otlpExporter({ url: `${viewer.url}/v1/traces`, env: {} });
    const tracer = createTracer({ serviceName: 'shop', exporter, env: {}, flushOnExit: false });
    const cart = { items: [{ sku: 'tea' }, { sku: 'mug', tags: ['blue', '<img src=x>'] }], note: null, none: {} };
    const attributes = { cart, many: Array.from({ length: 300 }, (_, id) => ({ id })), tags: ['a', 1] };
    const span = tracer.startSpan('checkout', { attributes });
    span.end();
    await tracer.shutdown();

    const page = await open(`${viewer.url}/trace/${span.traceId}?span=${span.spanId}`);
    await page.locator('.nested-value').first().waitFor();
    const texts = (selector: string) =>
      page.locator(selector).evaluateAll((elements) => elements.map(({ textContent }) => textContent?.trim()));
    expect(await texts('.attributes > div:has(dt[title^="cart:"]) .nested-line')).toEqual([
      ...['items', '0', 'sku tea', '1', 'sku mug', 'tags ["blue","<img src=x>"]', 'note null', 'none {}'],
    ]);
    expect((await texts('.attributes > div:has(dt[title^="many:"]) .nested-line')).slice(-2)).toEqual([
      'id 99',
      '… 400 more lines: copy the value',
    ]);
    expect(await texts('.attributes > div:has(dt[title^="tags:"]) .attribute-value')).toEqual(['["a",1]']);
    expect(await findFaults(page)).toEqual([]);

    await page.locator('.nested-line a', { hasText: 'mug' }).click();
    await page.waitForURL(/\/traces\?/);
    expect(new URL(page.url()).searchParams.get('q')).toBe('cart.items.sku:mug');
    await page.locator(`a[href*="${span.traceId}"]`).first().waitFor();
  });
});
