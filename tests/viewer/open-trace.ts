/** Sends a trace and opens its screen. */
import type { Page } from 'playwright-core';
import type { BrowserFixture, OpenOptions } from './describe-in-browser.ts';
import { type MadeSpan, sendMadeTrace } from './made-trace.ts';
import type { Viewer } from './start-viewer.ts';

export const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

/** @returns A function that sends spans of the trace `traceId`, and opens the trace with an optional query string. */
export function traceOpener(viewer: Viewer, open: BrowserFixture['open']) {
  return async (spans: readonly MadeSpan[], search = '', options: OpenOptions = {}): Promise<Page> => {
    await sendMadeTrace(viewer.url, traceId, spans);
    const page = await open(`${viewer.url}/trace/${traceId}${search}`, options);
    await page.locator('.waterfall-row, .flame-canvas, .statistics-row').first().waitFor();
    return page;
  };
}
