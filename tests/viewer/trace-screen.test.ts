// The screen of one trace: what it shows, and what keys and the mouse do.
import type { Page } from 'playwright-core';
import { makeBasketTrace } from './basket-trace.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { type MadeSpan, makeBrokenTrace, makeDeepTrace } from './made-trace.ts';
import { traceId, traceOpener } from './open-trace.ts';
import { useViewer } from './start-viewer.ts';

describeInBrowser('the trace screen', ({ open }) => {
  const viewer = useViewer();
  const openTrace = traceOpener(viewer, open);

  test('shows the tree, with equal siblings in one row with the badge N+1', async () => {
    const page = await openTrace(makeBasketTrace());
    expect(await readRows(page)).toEqual([
      'gateway GET /basket',
      ' GET',
      '  orders GET /baskets/:id',
      '   SELECT ×12 N+1',
      '   chargeCard ✗ CardDeclined',
    ]);
    await page.locator('.waterfall-row', { hasText: '×12' }).getByRole('button', { name: 'Unfold' }).click();
    expect(await page.locator('.waterfall-row').count()).toBe(5 + 12);
  });

  test('lists the findings, and selects their spans', async () => {
    const page = await openTrace(makeBrokenTrace());
    const findings = await page.locator('.finding').allInnerTexts();
    expect(findings.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'CardDeclined: the bank said no',
      expect.stringMatching(/^N\+1: SELECT items ×12, /),
      '2 roots',
      '2 spans without their parent',
      expect.stringMatching(/^A cycle of parents was cut: /),
      '1 span id used more than once',
      expect.stringMatching(/^Clocks corrected: cart by \+5\.0\d s show times as sent$/),
      '1 span ended before it started',
      '1 span outlived its parent',
    ]);
    await page.getByRole('button', { name: '2 spans without their parent' }).click();
    await page.locator('.waterfall-row.selected', { hasText: 'sendReceipt' }).waitFor();
    await page.locator('.waterfall-row.missing').click();
    await page.getByText('The place of the parent in the trace is unknown.').waitFor();
  });

  test('corrects clocks in the view, and shows times as sent on a click', async () => {
    const page = await openTrace(makeBrokenTrace());
    const bar = page.locator('.waterfall-row', { hasText: 'GET /carts/:id' }).locator('.bar');
    const left = async () => Number.parseFloat(await bar.evaluate((element) => (element as HTMLElement).style.left));
    expect(await left()).toBeLessThan(50);
    await page.getByRole('button', { name: 'show times as sent' }).click();
    await page.getByRole('button', { name: 'showing times as sent' }).waitFor();
    expect(await left()).toBeGreaterThan(90);
    const outline = await fetch(`${viewer.url}/waymark/traces/${traceId}/outline`).then((answer) => answer.json());
    expect(Math.max(...outline.startMs)).toBeGreaterThan(5000);
  });

  test('works by keyboard: rows, folds, errors, critical path, self time, tabs', async () => {
    const page = await openTrace(makeBasketTrace());
    const selected = () => page.locator('.waterfall-row.selected .row-operation').textContent();
    await page.keyboard.press('j');
    expect(await selected()).toBe('GET /basket');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('l');
    expect(await selected()).toBe('GET /baskets/:id');
    await page.keyboard.press('h');
    await page.keyboard.press('k');
    expect(await readRows(page)).toEqual([
      'gateway GET /basket',
      ' GET',
      '  orders GET /baskets/:id ✗ error inside +14',
    ]);
    await page.keyboard.press('e');
    expect(await selected()).toBe('chargeCard');
    await page.keyboard.press('[');
    expect(await page.locator('.waterfall-row').count()).toBeLessThan(5);
    await page.keyboard.press(']');
    await page.keyboard.press('c');
    expect(await page.locator('.waterfall-row.selected').count()).toBe(1);
    await page.keyboard.press('s');
    expect(await page.locator('.waterfall-row.selected').count()).toBe(1);
    await page.keyboard.press('3');
    await page.locator('.statistics-row', { hasText: 'SELECT' }).waitFor();
    await page.keyboard.press('2');
    await page.locator('.flame-canvas').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    expect(await page.locator('.panel').count()).toBe(0);
  });

  test.each([
    ['Keyboard shortcuts', 'Keyboard shortcuts (?)'],
    ['Share as one file', 'Share'],
  ])('Escape closes only %p, and returns the focus', async (dialog, button) => {
    const page = await openTrace(makeBasketTrace());
    await page.getByRole('button', { name: button, exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: dialog }).waitFor();
    await page.keyboard.press('j'); // goes to the dialog, which ignores it
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: dialog }).waitFor({ state: 'hidden' });
    expect(page.url()).toBe(`${viewer.url}/trace/${traceId}`);
    expect(await page.evaluate(() => document.activeElement?.textContent ?? '')).toBe(
      button === 'Share' ? 'Share' : '?',
    );
  });

  test('Escape closes the collector popover, and not the trace', async () => {
    const page = await openTrace(makeBasketTrace());
    await page.getByRole('button', { name: /^Collector/ }).click();
    await page.getByRole('heading', { name: /^Collector/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: /^Collector/ }).waitFor({ state: 'hidden' });
    expect(page.url()).toBe(`${viewer.url}/trace/${traceId}`);
  });

  test('finds spans by their values, marks them, and hides the others on a click', async () => {
    const page = await openTrace(makeBasketTrace());
    await page.keyboard.press('/');
    await page.keyboard.type('db.query.text:*product_7*');
    await page.keyboard.press('Enter');
    await page.locator('.waterfall-row.selected.match', { hasText: 'SELECT' }).waitFor();
    expect(await page.locator('.search-count').textContent()).toBe('1 of 1');
    await page.getByRole('button', { name: 'Only matches' }).click();
    await page.locator('.waterfall-row', { hasText: 'chargeCard' }).waitFor({ state: 'detached' });
    expect((await readRows(page)).map((row) => row.trim().split(' ')[0])).toEqual([
      'gateway',
      'GET',
      'orders',
      'SELECT',
      'SELECT',
    ]);
    // The address has all of this state.
    const other = await open(page.url());
    await other.locator('.waterfall-row.selected.match').waitFor();
    expect(await readRows(other)).toEqual(await readRows(page));
  });

  test('keeps what is typed while the search starts, and Enter goes to its first match', async () => {
    const page = await openTrace(makeBasketTrace());
    const field = page.getByRole('searchbox', { name: 'Find in this trace' });
    await field.evaluate((element: HTMLInputElement) => {
      const type = (value: string) => {
        element.value = value;
        element.dispatchEvent(new Event('input', { bubbles: true }));
      };
      const { replaceState } = history;
      // The search starts after a pause, with a change of the address. A fast hand types on in that moment.
      history.replaceState = (...args) => {
        history.replaceState = replaceState;
        replaceState.apply(history, args);
        type('status:error');
        element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      };
      type('status:erro');
    });
    await page.locator('.waterfall-row.selected.match', { hasText: 'chargeCard' }).waitFor();
    expect(await field.inputValue()).toBe('status:error');
  });

  test('shows the error of an invalid query', async () => {
    const page = await openTrace(makeBasketTrace());
    await page.locator('#trace-search').fill('dur>');
    await page.locator('.search-count.error-text').waitFor();
  }, 30_000);

  test('shows the details of a span: percentile, exception with its stack, attributes, links, resource, raw', async () => {
    const page = await openTrace(makeBasketTrace(), '?span=00000000000000ff');
    const panel = page.getByRole('complementary', { name: 'Details' });
    await panel.getByText('CardDeclined: the bank said no').first().waitFor();
    await panel.getByText('at loadUser (/app/users.js:12:9)').waitFor();
    await panel.getByText('error.type').waitFor();
    await panel.getByText('Resource').click();
    await panel.getByText('service.version').first().waitFor();
    await panel.getByText('Raw').click();
    await panel.getByText('"spanId": "00000000000000ff"').waitFor();
  });

  test('zooms in by dragging over the minimap, and out by a double click', async () => {
    const page = await openTrace(makeBasketTrace());
    const box = await page.locator('.minimap').boundingBox();
    if (box === null) throw new Error('the minimap is on the page');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10, { steps: 3 });
    await page.mouse.up();
    await page.waitForURL(/z=/);
    const [from = 0, to = 0] = (new URL(page.url()).searchParams.get('z') ?? '').split('~').map(Number);
    expect(to - from).toBeCloseTo(25, 0);
    await page.locator('.minimap').dblclick();
    await page.waitForURL((url) => !url.searchParams.has('z'));
  });

  test('shows only a subtree, and the whole trace again', async () => {
    const page = await openTrace(makeBasketTrace());
    await page.locator('.waterfall-row', { hasText: 'GET /baskets/:id' }).click();
    await page.keyboard.press('r');
    await page.locator('.waterfall-row', { hasText: 'GET /basket' }).nth(1).waitFor({ state: 'detached' });
    expect((await readRows(page))[0]?.trim()).toBe('orders GET /baskets/:id');
    await page.keyboard.press('R');
    await page.locator('.waterfall-row', { hasText: 'gateway' }).waitFor();
  });

  test('keeps names readable at a depth of two hundred', async () => {
    const page = await openTrace(makeDeepTrace(200));
    await page.keyboard.press('End');
    const name = page.locator('.waterfall-row.selected .row-operation');
    expect(await name.textContent()).toBe('resolve level 199');
    const { width } = (await name.boundingBox()) ?? { width: 0 };
    expect(width).toBeGreaterThan(80);
  });

  test('marks spans with findings in their rows', async () => {
    const page = await openTrace(makeBrokenTrace(), '?fold=none');
    for (const mark of ['cycle', 'same id']) {
      await page.locator('.waterfall-row .badge', { hasText: mark }).first().waitFor();
    }
  });

  test('labels a wide gap inside its bar, and does not cover the critical path', async () => {
    const spans: MadeSpan[] = [
      { spanId: 'a000000000000001', service: 'job', name: 'run', startMs: 0, durationMs: 1000 },
      {
        spanId: 'a000000000000002',
        parentSpanId: 'a000000000000001',
        service: 'job',
        name: 'step',
        startMs: 0,
        durationMs: 100,
      },
    ];
    const page = await openTrace(spans);
    const label = await page.getByText(/^uninstrumented/).boundingBox();
    const path = await page.locator('.bar-critical').first().boundingBox();
    if (label === null || path === null) throw new Error('both are in sight');
    expect(label.y + label.height).toBeLessThanOrEqual(path.y);
    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByText(/^uninstrumented/).waitFor({ state: 'hidden' });
  });

  test.each([1280, 360])('labels of the time axis do not overlap in a page of %d pixels', async (widthPx) => {
    const span: MadeSpan = { spanId: 'a000000000000001', service: 'job', name: 'run', startMs: 0, durationMs: 1000 };
    const page = await openTrace([span], '', { widthPx });
    await page.locator('.tick').nth(1).waitFor();
    const texts = await page.locator('.tick').evaluateAll((ticks) =>
      ticks.map((tick) => {
        const range = document.createRange();
        range.selectNodeContents(tick);
        const { left, right } = range.getBoundingClientRect();
        return { left, right };
      }),
    );
    const shown = texts.filter(({ left, right }) => right > left);
    const gaps = shown.slice(1).map(({ left }, index) => left - (shown[index]?.right ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(6);
  });
});

/** The visible rows, indented by level, without notes. */
function readRows(page: Page): Promise<string[]> {
  return page.locator('.waterfall-row').evaluateAll((rows) =>
    rows.map((row) => {
      const parts = [
        ...row.querySelectorAll('.row-service, .row-operation, .row-times, .badge, .row-error, .row-count'),
      ];
      const text = parts.map((part) => (part.textContent ?? '').trim()).join(' ');
      return ' '.repeat(Number(row.getAttribute('aria-level')) - 1) + text;
    }),
  );
}
