import { findFaults } from './axe.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type MadeSpan, sendMadeTrace } from './made-trace.ts';
import { useViewer } from './start-viewer.ts';

const quick = '1'.repeat(32);
const usual = '2'.repeat(32);
const slow = '3'.repeat(32);

describeInBrowser('the compare screen', ({ open }) => {
  const viewer = useViewer();

  beforeEach(async () => {
    await sendMadeTrace(viewer.url, quick, basket({ queries: 1, queryMs: 1 }));
    await sendMadeTrace(viewer.url, usual, basket({ queries: 1, queryMs: 4, version: '1' }));
    await sendMadeTrace(viewer.url, slow, basket({ queries: 3, queryMs: 20, version: '2' }));
  });

  test('compares a slow trace with the median trace of its operation, with one key', async () => {
    const page = await open(`${viewer.url}/trace/${slow}`);
    await page.locator('.waterfall-row').first().waitFor();
    await page.keyboard.press('m');
    await page.waitForURL(/\/compare\/[12]{32}\/3{32}$/);
    await page.locator('.compared-row.added').first().waitFor();
  });

  test('shows slower spans, added spans and different attributes', async () => {
    const page = await open(`${viewer.url}/compare/${usual}/${slow}`);
    await page.getByText('2 spans added, 1 removed').waitFor();
    const rows = await page
      .locator('.compared-row[aria-level]')
      .evaluateAll((elements) =>
        elements.map((element) =>
          [...element.querySelectorAll('.row-operation, .badge, .number')].map((part) => part.textContent).join(' '),
        ),
      );
    expect(rows).toEqual([
      'GET /basket 10.0 ms 66.0 ms +56.0 ms',
      'SELECT 4.00 ms 20.0 ms +16.0 ms',
      'SELECT added  20.0 ms +20.0 ms',
      'SELECT added  20.0 ms +20.0 ms',
      'readCache removed 1.00 ms  −1.00 ms',
    ]);
    const [largest] = await page.locator('.operation-differences tbody tr').allInnerTexts();
    expect(largest?.split(/\s*[\t\n]\s*/)).toEqual(['orders', 'SELECT', '1 → 3', '4.00 ms', '60.0 ms', '+56.0 ms']);

    await page.keyboard.press('j');
    await page.locator('.pairs', { hasText: 'app.version' }).waitFor();
    expect(await page.locator('.pairs del, .pairs ins').allTextContents()).toEqual(['1', '2']);
    await page.keyboard.press('s');
    expect(await page.locator('.compared-row.selected').textContent()).toContain('SELECT');
    await page.keyboard.press('w');
    await page.waitForURL(`**/compare/${slow}/${usual}`);
    await page.getByText('1 span added, 2 removed').waitFor();
  });

  test('shows an error if one of the traces is missing', async () => {
    const page = await open(`${viewer.url}/compare/${usual}/${'f'.repeat(32)}`);
    await page.getByText('These traces cannot be compared').waitFor();
    await page.getByText(`There is no trace ${'f'.repeat(32)}`).waitFor();
  });

  test.each(['light', 'dark'] as const)('has no serious violation of axe-core rules in the %s theme', async (theme) => {
    const page = await open(`${viewer.url}/compare/${usual}/${slow}?row=0`, { theme });
    await page.locator('.pairs div').first().waitFor();
    expect(await findFaults(page)).toEqual([]);
  });
});

function basket({
  queries,
  queryMs,
  version = '1',
}: {
  queries: number;
  queryMs: number;
  version?: string;
}): MadeSpan[] {
  const id = (number: number) => number.toString(16).padStart(16, '0');
  const end = 2 + queries * queryMs;
  return [
    {
      spanId: id(1),
      service: 'orders',
      name: 'GET /basket',
      kind: 'server',
      startMs: 0,
      durationMs: end + 4,
      attributes: { 'app.version': version },
    },
    ...Array.from(
      { length: queries },
      (_, index): MadeSpan => ({
        spanId: id(2 + index),
        parentSpanId: id(1),
        service: 'orders',
        name: 'SELECT',
        kind: 'client',
        startMs: 2 + index * queryMs,
        durationMs: queryMs,
      }),
    ),
    ...(queries === 1
      ? [{ spanId: id(99), parentSpanId: id(1), service: 'orders', name: 'readCache', startMs: end, durationMs: 1 }]
      : []),
  ];
}
