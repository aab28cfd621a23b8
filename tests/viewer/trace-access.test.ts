// The trace screen for screen readers, keyboards and narrow pages.
import { findFaults } from './axe.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { makeBrokenTrace } from './made-trace.ts';
import { traceOpener } from './open-trace.ts';
import { useViewer } from './start-viewer.ts';

describeInBrowser('access to the trace screen', ({ open }) => {
  const viewer = useViewer();
  const openTrace = traceOpener(viewer, open);

  test.each(['light', 'dark'] as const)('has no serious violation of axe-core rules in the %s theme', async (theme) => {
    const page = await openTrace([...makeBrokenTrace()], '?span=b000000000000040', { theme });
    await page.getByText('CardDeclined: the bank said no').nth(1).waitFor();
    expect(await findFaults(page)).toEqual([]);
    await page.keyboard.press('2');
    await page.locator('.flame-canvas').waitFor();
    expect(await findFaults(page)).toEqual([]);
    await page.keyboard.press('3');
    await page.locator('.statistics-row').first().waitFor();
    expect(await findFaults(page)).toEqual([]);
    await page.keyboard.press('x');
    await page.getByRole('checkbox').first().waitFor();
    expect(await findFaults(page)).toEqual([]);
  });

  test('reaches each control with the Tab key', async () => {
    const page = await openTrace(makeBrokenTrace(), '?span=b000000000000040&q=cart');
    await page.locator('.waterfall-row.match').first().waitFor();
    await page.getByText('CardDeclined: the bank said no').nth(1).waitFor();
    // Tab reaches one of the tabs, and arrows reach the others. Carets have keyboard shortcuts.
    const controls = page.locator(
      'main a[href], main button:not(.caret, [role=tab][tabindex="-1"]), main input, main summary, main [tabindex="0"]',
    );
    const count = await controls.count();
    await page.locator('#main').focus();
    const reached = new Set<number>();
    for (let step = 0; step < count + 5; step++) {
      await page.keyboard.press('Tab');
      const index = await controls.evaluateAll((elements) => elements.indexOf(document.activeElement as HTMLElement));
      if (index >= 0) reached.add(index);
    }
    expect(reached.size).toBe(count);
  });

  test('fits into 360 pixels', async () => {
    const page = await openTrace(makeBrokenTrace(), '?span=b000000000000040', { widthPx: 360 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});
