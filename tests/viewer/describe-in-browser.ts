/** Opens the viewer in a real browser. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

export interface OpenOptions {
  /** Default 1280. 390 is a phone. */
  readonly widthPx?: number;
  /** Default `light`. */
  readonly theme?: 'light' | 'dark';
  /** The test takes the collector away: Chromium's word that nobody answered, or only to say goodbye, is no fault. */
  readonly losesCollector?: boolean;
}

export interface BrowserFixture {
  /** A page of its own: no storage, closed after the test. What goes wrong in it fails the test. */
  readonly open: (url: string, options?: OpenOptions) => Promise<Page>;
}

const executablePath = findBrowser();

/** Longer than any page takes on a busy machine; what has not come by then does not come. */
const timeoutMs = 30_000;

const refused = /^Failed to load resource: .* a status of 4\d\d /;
// Not ERR_INCOMPLETE_CHUNKED_ENCODING, nor that a length is wrong: what the collector has begun to answer it ends.
const refusedOrGone =
  /^Failed to load resource: (.* a status of (?:4\d\d|503) |net::ERR_(?:CONNECTION_\w+|EMPTY_RESPONSE)$)/;

/** `describe`, with a browser; left out where there is none. See find-browser.ts. */
export function describeInBrowser(name: string, body: (fixture: BrowserFixture) => void): void {
  (executablePath === undefined ? describe.skip : describe)(name, () => {
    // So that what is waited for is told, and not only that a test took too long.
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
      const told = faults;
      contexts = [];
      faults = [];
      expect(told).toEqual([]);
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
        // What the content security policy refuses is told here, too.
        page.on('console', (message) => {
          // An answer of 400 is for the page to tell, and so is none at all; Chromium tells it as well.
          const isExpected = (losesCollector ? refusedOrGone : refused).test(message.text());
          if (message.type() === 'error' && !isExpected) faults.push(message.text());
        });
        await page.goto(url);
        return page;
      },
    });
  });
}
