/** Runs tests in a real browser. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

export interface OpenOptions {
  /** Default 1280. A phone has 390. */
  readonly widthPx?: number;
  /** Default `light`. */
  readonly theme?: 'light' | 'dark';
  /** The test stops the collector, so failed requests on Chromium's console do not fail the test. */
  readonly losesCollector?: boolean;
}

export interface BrowserFixture {
  /** Opens a page with empty storage, and closes it after the test. Errors in the page fail the test. */
  readonly open: (url: string, options?: OpenOptions) => Promise<Page>;
}

const executablePath = findBrowser();

/** Longer than any page takes on a busy machine. */
const timeoutMs = 30_000;

const refused = /^Failed to load resource: .* a status of 4\d\d /;
// Without ERR_INCOMPLETE_CHUNKED_ENCODING and wrong lengths: the collector completes each answer that it has begun.
const refusedOrGone =
  /^Failed to load resource: (.* a status of (?:4\d\d|503) |net::ERR_(?:CONNECTION_\w+|EMPTY_RESPONSE)$)/;

/** `describe`, with a browser. Skips the tests if there is no browser: see find-browser.ts. */
export function describeInBrowser(name: string, body: (fixture: BrowserFixture) => void): void {
  (executablePath === undefined ? describe.skip : describe)(name, () => {
    // Longer than one wait, so that a failure names the missing element and not only the test's timeout.
    jest.setTimeout(4 * timeoutMs);
    let browser: Browser | undefined;
    let contexts: BrowserContext[] = [];
    let faults: string[] = [];

    beforeAll(async () => {
      // --no-sandbox: CI's containers run as root, where Chromium refuses to start with one.
      const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
      browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      await Promise.all(contexts.map((context) => context.close()));
      const reported = faults;
      contexts = [];
      faults = [];
      expect(reported).toEqual([]);
    });

    body({
      open: async (url, { widthPx = 1280, theme = 'light', losesCollector = false } = {}) => {
        if (browser === undefined) throw new Error('open() is for tests: the browser starts before the first of them');
        const viewport = { width: widthPx, height: widthPx < 720 ? 844 : 800 };
        const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce' });
        contexts.push(context);
        context.setDefaultTimeout(timeoutMs);
        const page = await context.newPage();
        page.on('pageerror', (error) => faults.push(String(error)));
        // Violations of the content security policy are reported here, too.
        page.on('console', (message) => {
          // The page shows refused and failed requests. Chromium reports them on the console as well.
          const isExpected = (losesCollector ? refusedOrGone : refused).test(message.text());
          if (message.type() === 'error' && !isExpected) faults.push(message.text());
        });
        await page.goto(url);
        return page;
      },
    });
  });
}
