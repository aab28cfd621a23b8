import type { Page } from 'playwright-core';
import { findFaults } from './axe.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { sendSpans, spanIdOf, traceIdOf } from './send-spans.ts';
import { shopTraffic } from './shop-traffic.ts';
import { useViewer } from './start-viewer.ts';

/** A selector that matches when the screen is shown. */
const screens = [
  ['/traces', '.trace-row[aria-selected]'],
  ['/operations', '.operation-name a'],
  ['/map', '.map-node'],
  ['/errors', '.error-group'],
] as const;

describeInBrowser('every screen', ({ open }) => {
  const viewer = useViewer();

  describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
    test.each(screens)('%s has no serious violation of axe-core rules', async (path, sign) => {
      await viewer.send(shopTraffic(10));
      const page = await open(viewer.url + path, { theme });
      await page.locator(sign).first().waitFor();
      expect(await findFaults(page)).toEqual([]);
    });

    test.each(screens)('%s has none without data', async (path) => {
      const page = await open(viewer.url + path, { theme });
      await page.locator('.empty-state').waitFor();
      expect(await findFaults(page)).toEqual([]);
    });

    test('the collector popover, the keyboard shortcuts and the completions have none', async () => {
      await viewer.send(shopTraffic(5));
      const page = await open(`${viewer.url}/traces`, { theme });
      await page.getByRole('button', { name: /^Collector/ }).click();
      await page.getByRole('heading', { name: /^Collector/ }).waitFor();
      expect(await findFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      expect(await findFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      await page.getByRole('option').first().waitFor();
      expect(await findFaults(page)).toEqual([]);
    });
  });

  // WCAG 2.2, success criterion 1.4.10, requires 320 pixels: 1280 pixels at a zoom of 400 %.
  test.each(screens)('%s fits into 360 and 320 pixels', async (path, sign) => {
    await viewer.send(shopTraffic(10));
    const page = await open(viewer.url + path, { widthPx: 360 });
    await page.locator(sign).first().waitFor();
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 640 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });

  test.each(screens)('Tab reaches each control of %s', async (path, sign) => {
    await viewer.send(shopTraffic(5));
    const page = await open(viewer.url + path);
    await page.locator(sign).first().waitFor();
    const all = await markControls(page);
    // Collected in the page: one call per key press is slow.
    await page.evaluate(() => {
      const reached = new Set<string>();
      addEventListener('focusin', ({ target }) => {
        const mark = target instanceof Element ? target.getAttribute('data-control') : null;
        if (mark !== null) document.documentElement.dataset.reached = [...reached.add(mark)].join(' ');
      });
    });
    const missed = () => page.evaluate(listMissed);
    for (let step = 1; step <= all.length * 2 + 10; step++) {
      await page.keyboard.press('Tab');
      if (step % all.length === 0 && (await missed()).length === 0) break;
    }
    expect(await missed()).toEqual([]);
    expect((await page.evaluate(() => document.documentElement.dataset.reached))?.split(' ').length).toBeGreaterThan(5);
  });

  test('g and a letter switch between screens and keep the time range', async () => {
    await viewer.send(shopTraffic(3));
    const page = await open(`${viewer.url}/traces?range=15m`);
    await page.locator('.trace-row[aria-selected]').first().waitFor();
    for (const [letter, path] of [
      ['o', '/operations'],
      ['m', '/map'],
      ['e', '/errors'],
      ['t', '/traces'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(letter);
      await page.waitForURL(`**${path}?range=15m`);
    }
  });

  test('the chosen theme is kept', async () => {
    const page = await open(`${viewer.url}/traces`);
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: /^Dark theme/ }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: /^Light theme/ }).waitFor();
    expect(await background()).toBe(dark);
  });

  test('a service has the same colour, whichever screen is opened first', async () => {
    await viewer.send(shopTraffic(5));
    const colours = [];
    for (const path of ['/traces', '/operations', '/errors']) {
      const page = await open(viewer.url + path);
      const dot = page.locator('.service-name', { hasText: 'orders' }).locator('.service-dot').first();
      await dot.waitFor();
      colours.push(await dot.evaluate((element) => getComputedStyle(element).backgroundColor));
    }
    expect(new Set(colours).size).toBe(1);
  });

  test.each([1280, 360])(
    'names of ten thousand characters keep all controls inside a page of %d pixels',
    async (widthPx) => {
      const long = 'n'.repeat(10_000);
      const startMs = Date.now() - 1000;
      const error = { type: long, message: long, stack: `${long}\n    at ${long} (/app/${long}.js:1:1)` };
      const attributes = { [long]: long, 'http.route': long };
      for (const trace of [1, 2]) {
        const base = { trace, startMs, service: long, name: long, attributes };
        await viewer.send([
          { ...base, span: 1, durationMs: 30 * trace, error },
          { ...base, span: 2, parent: 1, durationMs: 20, service: `${long}2`, kind: 'client' },
        ]);
      }
      for (const [path, sign] of [
        ...screens,
        [`/trace/${traceIdOf(1)}?span=${spanIdOf(1)}`, '.panel .attributes'],
        [`/trace/${traceIdOf(1)}?tab=statistics`, '.statistics-row'],
        [`/compare/${traceIdOf(1)}/${traceIdOf(2)}?row=0`, '.panel'],
      ] as const) {
        const page = await open(viewer.url + path, { widthPx });
        await page.locator(sign).first().waitFor();
        expect([path, await findOutside(page)]).toEqual([path, []]);
      }
    },
  );

  test('a script in any field is shown as text', async () => {
    const script = '<script>globalThis.wasHere = true</script><img src=x onerror="globalThis.wasHere = true">';
    const error = { type: script, message: script, stack: `${script}\n    at ${script} (/app/${script}.js:1:1)` };
    const base = { trace: 1, startMs: Date.now() - 1000, service: script, name: script };
    await sendSpans(viewer.url, [
      { ...base, span: 1, durationMs: 30, attributes: { [script]: script, 'http.route': script }, error },
      { ...base, span: 2, parent: 1, durationMs: 20, kind: 'client', attributes: { 'peer.service': script } },
      { ...base, span: 3, parent: 2, durationMs: 10, kind: 'server', service: `${script} 2`, error },
    ]);
    for (const [path, sign] of screens) {
      const page = await open(viewer.url + path);
      await page.locator(sign).first().waitFor();
      await page.getByText('<script>').filter({ visible: true }).first().waitFor();
      const found = await page.evaluate(() => ({
        wasHere: 'wasHere' in globalThis,
        elements: document.querySelectorAll('#app script, #app img').length,
      }));
      expect(found).toEqual({ wasHere: false, elements: 0 });
    }
  });

  test('a dropped file is imported, and its trace is opened', async () => {
    const page = await open(`${viewer.url}/map`);
    await page.locator('.empty-state').waitFor();
    const spans = [
      {
        traceId: 'a'.repeat(32),
        id: 'b'.repeat(16),
        name: 'get',
        timestamp: Date.now() * 1000,
        duration: 5000,
        localEndpoint: { serviceName: 'old' },
      },
    ];
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'zipkin.json', { type: 'application/json' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }, JSON.stringify(spans));
    await page.waitForURL(`**/trace/${'a'.repeat(32)}`);
  });

  test('an unknown file is refused with the list of formats', async () => {
    const page = await open(`${viewer.url}/errors`);
    await page.getByRole('button', { name: /^Collector/ }).click();
    await page
      .getByLabel('Import a file with traces …')
      .setInputFiles({ name: 'notes.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') });
    await page.locator('.notice.error').filter({ hasText: 'notes.json' }).waitFor();
  });
});

/** Lists controls and headings beyond the right edge, unless an ancestor scrolls or clips them. */
function findOutside(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, input, select, summary, h1, h2, h3, th')]
      .filter(
        (element) =>
          element.checkVisibility() && element.closest('.map-scroll, .table-scroll, .findings, .clip') === null,
      )
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((element) => `${element.tagName} ${element.className} in ${element.parentElement?.className ?? ''}`),
  );
}

/** The marked controls that the focus has not reached. One that the page has replaced since, as more spans arrive, is not there any more. */
function listMissed(): (string | undefined)[] {
  const reached = document.documentElement.dataset.reached?.split(' ') ?? [];
  const marked = [...document.querySelectorAll<HTMLElement | SVGElement>('[data-control]')];
  return marked.map(({ dataset }) => dataset.control).filter((mark) => mark === undefined || !reached.includes(mark));
}

/** Numbers all visible, enabled controls, and returns the numbers. */
function markControls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const selector = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const all = [...document.querySelectorAll<HTMLElement | SVGElement>(selector)].filter(
      (element) =>
        element.tabIndex >= 0 && element.checkVisibility({ checkVisibilityCSS: true }) && !element.matches(':disabled'),
    );
    return all.map((element, index) => {
      element.setAttribute('data-control', String(index));
      return String(index);
    });
  });
}
